using System.Globalization;
using System.Text.Json;

namespace Sluice.Domain.Flink;

/// <summary>
/// Reads fields of Flink's answers across versions: absent, null, -1 and "NaN" are null. "Not there" is the default element, so that reads can be chained.
/// </summary>
internal static class FlinkJson
{
    private const string Unassigned = "(unassigned)";
    private const long LongestMillis = 100L * 365 * 24 * 3600 * 1000;

    public static JsonElement At(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;

    public static bool Exists(this JsonElement element) => element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public static string? String(this JsonElement element, string name) => element.At(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static bool? Bool(this JsonElement element, string name) => element.At(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A finite number, also as text; -1 stays.</summary>
    public static double? Real(this JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Number) return element.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;
        return element.ValueKind == JsonValueKind.String && double.TryParse(element.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) && double.IsFinite(parsed) ? parsed : null;
    }

    public static double? Real(this JsonElement element, string name) => element.At(name).Real();

    /// <summary>A whole number; null for -1 and anything below.</summary>
    public static long? Whole(this JsonElement element, string name)
    {
        var value = element.At(name);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var whole)) return whole >= 0 ? whole : null;
        return value.Real() is >= 0 and < 9e18 and var real ? (long)real : null;
    }

    public static int? Count(this JsonElement element, string name) => element.Whole(name) is <= int.MaxValue and var whole ? (int)whole : null;

    /// <summary>Epoch milliseconds; null for 0 (never) and -1 (not yet).</summary>
    public static DateTimeOffset? Time(this JsonElement element, string name) =>
        element.Whole(name) is > 0 and < 253_402_300_800_000 and var millis ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : null;

    /// <summary>Milliseconds; null for -1 and for the largest number, which means never.</summary>
    public static TimeSpan? Span(this JsonElement element, string name)
    {
        if (element.At(name).Real() is not (>= 0 and < LongestMillis and var millis)) return null;
        return TimeSpan.FromTicks((long)(millis * TimeSpan.TicksPerMillisecond));
    }

    /// <summary>A place where something runs; null for subtasks without a slot.</summary>
    public static string? Place(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (element.String(name) is { Length: > 0 } place)
                return place == Unassigned ? null : place;
        return null;
    }

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.At(name).Items();

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().Where(static e => e.ValueKind == JsonValueKind.Object) : [];

    public static IReadOnlyDictionary<string, int> Counts(this JsonElement element, string name) => element.Map(name, static (map, key) => map.Count(key));

    public static IReadOnlyDictionary<string, DateTimeOffset> Times(this JsonElement element, string name) => element.Map(name, static (map, key) => map.Time(key));

    public static IReadOnlyDictionary<string, TimeSpan> Spans(this JsonElement element, string name) => element.Map(name, static (map, key) => map.Span(key));

    public static IReadOnlyDictionary<string, T> Map<T>(this JsonElement element, string name, Func<JsonElement, string, T?> read)
        where T : struct
    {
        var map = element.At(name);
        var result = new Dictionary<string, T>();
        if (map.ValueKind == JsonValueKind.Object)
            foreach (var property in map.EnumerateObject())
                if (read(map, property.Name) is { } value)
                    result[property.Name] = value;
        return result;
    }
}
