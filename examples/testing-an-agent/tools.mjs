/** What the agent of the tests can do: it notes what it was asked for. */
export function weatherTools() {
  const asked = [];
  return {
    asked,
    tools: {
      get_weather: {
        description: 'The weather in a city',
        schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        async run({ city }) {
          asked.push(city);
          return { city, degrees: 7, sky: 'rain' };
        },
      },
    },
  };
}
