metadata description = 'The registration that connects Teams with the endpoint of the app.'

param name string
param displayName string
param endpoint string

@allowed(['F0', 'S1'])
param sku string

@description('Client id of the identity, the app id of the bot.')
param clientId string

@description('Resource id of the same identity.')
param identityId string

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: name
  location: 'global'
  kind: 'azurebot'
  sku: { name: sku }
  properties: {
    displayName: displayName
    endpoint: endpoint
    msaAppType: 'UserAssignedMSI'
    msaAppId: clientId
    msaAppTenantId: tenant().tenantId
    msaAppMSIResourceId: identityId
    disableLocalAuth: true
  }
}

resource teams 'Microsoft.BotService/botServices/channels@2022-09-15' = {
  parent: bot
  name: 'MsTeamsChannel'
  location: 'global'
  properties: {
    channelName: 'MsTeamsChannel'
    properties: { isEnabled: true, enableCalling: false, acceptedTerms: true }
  }
}

output name string = bot.name
