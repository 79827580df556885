metadata description = 'The one identity of the bot: it pulls the image, reads and writes data, calls the model and is the bot in Teams.'

param name string
param location string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
