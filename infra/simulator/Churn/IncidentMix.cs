using System.Globalization;

namespace Sluice.Simulator.Churn;

/// <summary>Which share of the fleet each kind of incident keeps wrong.</summary>
internal sealed class IncidentMix(IReadOnlyDictionary<string, double> shares)
{
    public static readonly IncidentMix Default = new(IncidentKind.All.ToDictionary(k => k.Name, k => k.Share));

    public double this[IncidentKind kind] => shares.GetValueOrDefault(kind.Name);

    public double Total => shares.Values.Sum();

    /// <summary><c>image-pull:0.2%,restart-loop:0.1%</c>, one number for the default mix at that total, or <c>none</c>.</summary>
    public static IncidentMix Parse(string text)
    {
        if (text == "none") return new(new Dictionary<string, double>());
        if (!text.Contains(':', StringComparison.Ordinal))
        {
            var factor = Share(text) / Default.Total;
            return new(IncidentKind.All.ToDictionary(k => k.Name, k => k.Share * factor));
        }
        var shares = new Dictionary<string, double>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split(':', 2, StringSplitOptions.TrimEntries);
            if (pair.Length != 2 || IncidentKind.All.All(k => k.Name != pair[0]))
                throw new FormatException($"\"{part}\" is no part of a mix: it is a kind and a share, as image-pull:0.2%. The kinds are {string.Join(", ", IncidentKind.All.Select(k => k.Name))}.");
            shares[pair[0]] = Share(pair[1]);
        }
        return new(shares);
    }

    private static double Share(string text) =>
        double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 100
            ? share / 100 : throw new FormatException($"{text} is no share: it is a percentage, as 1.5%.");
}
