using 'main.bicep'

// Sample values: change image and registryName to yours. What each means is in main.bicep.
param image = 'contososignoff.azurecr.io/signoff:1'
param registryName = 'contososignoff'

// Entra object ids
param approvers = []
param administrators = []

param openAi = true
param openAiModel = 'gpt-5-mini'
