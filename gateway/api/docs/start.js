// Draws the reference from this gateway's own document; nothing is fetched from elsewhere.
Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  hideClientButton: true,
  showDeveloperTools: 'never',
  telemetry: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
})
