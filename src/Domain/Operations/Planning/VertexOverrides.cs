using System.Globalization;

namespace Sluice.Domain.Operations.Planning;

/// <summary>The text of <c>pipeline.jobvertex-parallelism-overrides</c>: <c>vertex id:parallelism</c>, one after another.</summary>
internal static class VertexOverrides
{
    /// <summary>By vertex, in the order in which they stand there; what is no number is 0.</summary>
    public static OrderedDictionary<string, int> Read(string? text)
    {
        var overrides = new OrderedDictionary<string, int>(StringComparer.Ordinal);
        // A list in a nested configuration is joined by semicolons.
        foreach (var pair in (text ?? "").Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = pair.LastIndexOf(':');
            overrides[colon < 0 ? pair : pair[..colon]] = int.TryParse(pair[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
        }
        return overrides;
    }

    /// <summary>The text of them.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, int>> overrides) => string.Join(',', overrides.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Key}:{o.Value}")));
}
