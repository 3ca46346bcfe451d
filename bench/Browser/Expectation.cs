using System.Text.Json;
using Microsoft.Playwright;

namespace Sluice.Bench.Browser;

/// <summary>What a key or click leads to; measured in the page by probe.js.</summary>
/// <param name="Kind">The event that starts the clock, for example <c>keydown</c>.</param>
/// <param name="Total">How many rows the list then has; null for any change of the list.</param>
/// <param name="First">The address of its first row.</param>
internal sealed record Expectation(string Kind, int? Total = null, string? First = null)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>The head of the column that orders it; null for any.</summary>
    public string? Sorted { get; init; }

    /// <summary>A facet whose numbers follow, too.</summary>
    public string? Legend { get; init; }

    /// <summary>The facet's value.</summary>
    public string? Value { get; init; }

    /// <summary>The number beside it.</summary>
    public int? Count { get; init; }

    /// <summary>What was typed into the command palette: its list says for what it is.</summary>
    public string? Palette { get; init; }

    /// <summary>Acts, and gives the milliseconds from the event to the paint: of the list, and of the facet's number.</summary>
    public async Task<(double List, double Facet)> MeasureAsync(IPage page, Func<Task> act)
    {
        await page.EvaluateAsync("text => bench.expect(JSON.parse(text))", JsonSerializer.Serialize(this, Web));
        await act();
        var times = await page.EvaluateAsync<JsonElement>("() => bench.pending");
        return (times.GetProperty("list").GetDouble(), times.GetProperty("facet").GetDouble());
    }
}
