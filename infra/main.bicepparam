using 'main.bicep'

// Sample values: change image and registryName to yours. What each means is in main.bicep.
param image = 'contososignoff.azurecr.io/signoff:1'
param registryName = 'contososignoff'

// openssl rand -hex 32; a new one goes in front, an old one leaves when the runs of its time have ended
param checkpointKeys = readEnvironmentVariable('SIGNOFF_CHECKPOINT_KEYS')

// Entra object ids
param approvers = []
param administrators = []

param openAi = true
param openAiModel = 'gpt-5-mini'
