metadata description = 'Signoff in one resource group. Every access is a role of one managed identity; the only secret signs what is saved.'

@description('Begins the name of every resource.')
@minLength(3)
@maxLength(16)
param name string = 'signoff'

@description('Region of everything except the bot registration, which is global.')
param location string = resourceGroup().location

@description('The container image, with its registry and tag.')
param image string

@description('Name of the registry in this resource group that holds the image; empty when the image is public.')
param registryName string = ''

@description('Most replicas to scale out to. There is always at least one.')
@minValue(1)
@maxValue(30)
param maxReplicas int = 3

@description('Autoscale maximum of the Cosmos DB container in RU/s, at least 1000; 0 for a serverless account.')
@minValue(0)
param cosmosMaxThroughput int = 0

@description('Ids of the tenants whose people may use the bot.')
@minLength(1)
param tenants string[] = [tenant().tenantId]

@description('Entra object ids of the approvers.')
param approvers string[] = []

@description('Entra object ids of the administrators.')
param administrators string[] = []

@description('Secrets that sign saved states, 32 characters or more each, comma-separated; the first one signs.')
@secure()
param checkpointKeys string

@description('Price tier of the bot registration. Teams messages are free in both.')
@allowed(['F0', 'S1'])
param botSku string = 'F0'

@description('Whether to create an Azure OpenAI account with one deployment.')
param openAi bool = false

@description('Endpoint of an Azure OpenAI account you have, when openAi is false. Give the identity the role Cognitive Services OpenAI User there.')
param openAiEndpoint string = ''

@description('Model to deploy, or the deployment to use at openAiEndpoint.')
param openAiModel string = ''

@description('Version of the model to deploy; empty for the default of the region.')
param openAiModelVersion string = ''

@description('Capacity of the deployment in thousands of tokens a minute.')
@minValue(1)
param openAiCapacity int = 30

// for the names that must be unique in all of Azure
var unique = toLower('${name}-${uniqueString(resourceGroup().id)}')

module identity 'identity.bicep' = {
  name: 'identity'
  params: {
    name: '${name}-identity'
    location: location
  }
}

module registry 'registry.bicep' = if (!empty(registryName)) {
  name: 'registry'
  params: {
    name: registryName
    principalId: identity.outputs.principalId
  }
}

module cosmos 'cosmos.bicep' = {
  name: 'cosmos'
  params: {
    name: unique
    location: location
    maxThroughput: cosmosMaxThroughput
    principalId: identity.outputs.principalId
  }
}

module model 'openai.bicep' = if (openAi) {
  name: 'openai'
  params: {
    name: unique
    location: location
    model: openAiModel
    modelVersion: openAiModelVersion
    capacity: openAiCapacity
    principalId: identity.outputs.principalId
  }
}

module app 'app.bicep' = {
  name: 'app'
  params: {
    name: toLower(name)
    location: location
    image: image
    maxReplicas: maxReplicas
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
    tenants: tenants
    approvers: approvers
    administrators: administrators
    checkpointKeys: checkpointKeys
    cosmosEndpoint: cosmos.outputs.endpoint
    cosmosDatabase: cosmos.outputs.database
    openAiEndpoint: openAi ? model!.outputs.endpoint : openAiEndpoint
    openAiModel: openAi ? model!.outputs.model : openAiModel
    registryServer: empty(registryName) ? '' : registry!.outputs.loginServer
  }
}

module bot 'bot.bicep' = {
  name: 'bot'
  params: {
    name: unique
    displayName: 'Signoff'
    endpoint: 'https://${app.outputs.fqdn}/api/messages'
    sku: botSku
    clientId: identity.outputs.clientId
    identityId: identity.outputs.id
  }
}

@description('The app id of the bot. The Teams app package needs it: make package APP_ID=...')
output MicrosoftAppId string = identity.outputs.clientId
output AZURE_COSMOS_ENDPOINT string = cosmos.outputs.endpoint
output SIGNOFF_ENDPOINT string = 'https://${app.outputs.fqdn}/api/messages'
