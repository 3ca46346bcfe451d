using System.Net.Http.Json;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Load;

/// <summary>Ordinary changes all over the fleet, made by the simulator.</summary>
internal static class Changes
{
    /// <summary>Starts a scenario of the simulator.</summary>
    public static async Task ScenarioAsync(this SimulatorProcess simulator, string name, object body)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync($"{simulator.Ready["control"]}/scenarios/{name}", body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"The simulator refused {name}: {await answer.Content.ReadAsStringAsync()}");
    }
}
