metadata description = 'A Cosmos DB account for NoSQL without keys, with the one container that holds every record.'

param name string
param location string

@description('Autoscale maximum in RU/s, or 0 for serverless.')
param maxThroughput int

@description('The identity that reads and writes data.')
param principalId string

// The same definition as storage.cosmos.CONTAINER, which creates it in local mode. A test compares the two.
// Here the program cannot create it: the data role below has no right to.
var definition = {
  id: 'signoff'
  partitionKey: {
    paths: ['/tenant', '/run']
    kind: 'MultiHash'
    version: 2
  }
  defaultTtl: -1 // nothing expires unless its own ttl says so
  indexingPolicy: {
    indexingMode: 'consistent'
    automatic: true
    includedPaths: [
      { path: '/kind/?' }
      { path: '/live/?' }
      { path: '/due/?' }
      { path: '/ended/?' }
      { path: '/requester/?' }
      { path: '/conversation/?' }
      { path: '/source/?' }
      { path: '/started/?' }
      { path: '/short/?' }
      { path: '/worker/?' }
      { path: '/number/?' }
      { path: '/approver/?' }
      { path: '/completed/?' }
      { path: '/name/?' }
    ]
    excludedPaths: [
      { path: '/*' }
      { path: '/"_etag"/?' }
    ]
  }
}

resource account 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' = {
  name: name
  location: location
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    disableLocalAuth: true
    minimalTlsVersion: 'Tls12'
    capabilities: maxThroughput == 0 ? [{ name: 'EnableServerless' }] : []
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    locations: [{ locationName: location, failoverPriority: 0 }]
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: 'Continuous7Days' }
    }
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2024-11-15' = {
  parent: account
  name: 'signoff'
  properties: {
    resource: { id: 'signoff' }
  }
}

resource container 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2024-11-15' = {
  parent: database
  name: definition.id
  properties: {
    resource: definition
    options: maxThroughput == 0 ? {} : { autoscaleSettings: { maxThroughput: maxThroughput } }
  }
}

// Cosmos DB Built-in Data Contributor: items yes, databases and containers no.
var dataContributor = '00000000-0000-0000-0000-000000000002'

resource role 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = {
  parent: account
  name: guid(account.id, principalId, dataContributor)
  properties: {
    principalId: principalId
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${dataContributor}'
    scope: account.id
  }
}

output endpoint string = account.properties.documentEndpoint
output database string = database.name
