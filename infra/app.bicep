metadata description = 'The program: one container app with its environment and its logs.'

param name string
param location string
param image string
param maxReplicas int

@description('Resource id of the identity the app runs as.')
param identityId string

@description('Client id of the same identity: it is the app id of the bot as well.')
param clientId string

param tenants string[]
param approvers string[]
param administrators string[]
param cosmosEndpoint string

@secure()
param checkpointKeys string

param cosmosDatabase string
param openAiEndpoint string
param openAiModel string

@description('Login server of the registry that holds the image; empty when the image is public.')
param registryServer string

var port = 3978

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: '${name}-env'
  location: location
  properties: {
    // not 'log-analytics', which would need the key of the workspace
    appLogsConfiguration: { destination: 'azure-monitor' }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environment
  name: 'logs'
  properties: {
    workspaceId: logs.id
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: port
        transport: 'http'
        allowInsecure: false
      }
      secrets: [{ name: 'checkpoint-keys', value: checkpointKeys }]
      registries: empty(registryServer) ? [] : [{ server: registryServer, identity: identityId }]
    }
    template: {
      terminationGracePeriodSeconds: 30
      containers: [
        {
          name: 'signoff'
          image: image
          resources: { cpu: json('0.5'), memory: '1Gi' }
          env: [
            { name: 'MicrosoftAppId', value: clientId }
            { name: 'MicrosoftAppType', value: 'UserAssignedMSI' }
            { name: 'MicrosoftAppTenantId', value: tenant().tenantId }
            { name: 'SIGNOFF_TENANTS', value: join(tenants, ',') }
            { name: 'SIGNOFF_APPROVERS', value: join(approvers, ',') }
            { name: 'SIGNOFF_ADMINISTRATORS', value: join(administrators, ',') }
            { name: 'SIGNOFF_CHECKPOINT_KEYS', secretRef: 'checkpoint-keys' }
            { name: 'AZURE_COSMOS_ENDPOINT', value: cosmosEndpoint }
            { name: 'AZURE_COSMOS_DATABASE', value: cosmosDatabase }
            { name: 'AZURE_CLIENT_ID', value: clientId }
            { name: 'AZURE_OPENAI_ENDPOINT', value: openAiEndpoint }
            { name: 'AZURE_OPENAI_MODEL', value: openAiModel }
          ]
          probes: [
            {
              type: 'Liveness'
              httpGet: { path: '/healthz', port: port }
              initialDelaySeconds: 10
              periodSeconds: 10
              timeoutSeconds: 5
            }
            {
              type: 'Readiness'
              httpGet: { path: '/readyz', port: port }
              periodSeconds: 5
              timeoutSeconds: 5
            }
          ]
        }
      ]
      // never zero: timers and waiting work are looked after by the running process
      scale: { minReplicas: 1, maxReplicas: maxReplicas }
    }
  }
}

output fqdn string = app.properties.configuration.ingress.fqdn
