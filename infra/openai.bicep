metadata description = 'Azure OpenAI without keys: one account, one deployment, and the right to call it.'

param name string
param location string

@description('The model, which is also the name of its deployment.')
param model string

@description('Version of the model; empty for the default of the region.')
param modelVersion string

@description('Thousands of tokens a minute.')
param capacity int

@description('The identity that calls the model.')
param principalId string

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: name
  location: location
  kind: 'OpenAI'
  sku: { name: 'S0' }
  properties: {
    customSubDomainName: name // tokens are only accepted at an address of the account's own
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

resource deployment 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = {
  parent: account
  name: model
  sku: { name: 'GlobalStandard', capacity: capacity }
  properties: {
    model: {
      format: 'OpenAI'
      name: model
      version: empty(modelVersion) ? null : modelVersion
    }
  }
}

// Cognitive Services OpenAI User: may call models, may not change anything.
var openAiUser = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, openAiUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', openAiUser)
  }
}

output endpoint string = account.properties.endpoint
output model string = deployment.name
