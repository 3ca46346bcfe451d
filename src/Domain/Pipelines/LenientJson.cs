using System.Globalization;
using System.Text.Json;

namespace Sluice.Domain.Pipelines;

/// <summary>
/// Reads fields of objects that other programs wrote: whatever is absent, null or of another type than expected is simply not there.
/// "Not there" is the default <see cref="JsonElement"/>, so that reads can be chained.
/// </summary>
internal static class LenientJson
{
    private const int LongestText = 1024;

    public static JsonElement Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;

    public static bool IsThere(this JsonElement element) => element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>The text of a string, number or boolean; null for empty strings and anything else.</summary>
    public static string? Text(this JsonElement element)
    {
        var text = element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
            _ => null,
        };
        if (string.IsNullOrEmpty(text)) return null;
        return text.Length > LongestText ? Clip(text, LongestText) : text;
    }

    public static string? SharedText(this JsonElement element) => element.Text() is { } text ? StringPool.Share(text) : null;

    public static string? Text(this JsonElement element, string name) => element.Member(name).Text();

    public static string? SharedText(this JsonElement element, string name) => element.Member(name).SharedText();

    /// <summary>A whole number, also where it was written as a text or with a fraction of zero.</summary>
    public static long? Whole(this JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number)) return number;
        if (element.ValueKind is not (JsonValueKind.Number or JsonValueKind.String)) return null;
        var text = element.Text();
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)) return number;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && Math.Abs(real) < 9e15 && Math.Floor(real) == real ? (long)real : null;
    }

    public static long? Whole(this JsonElement element, string name) => element.Member(name).Whole();

    public static int? Count(this JsonElement element, string name) => element.Whole(name) is >= 0 and <= int.MaxValue and var number ? (int)number : null;

    public static bool Flag(this JsonElement element, string name) =>
        element.Member(name) is var value && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && string.Equals(value.GetString(), "true", StringComparison.OrdinalIgnoreCase)));

    /// <summary>A moment as Kubernetes writes it (RFC 3339) or as Flink does (milliseconds, as number or text).</summary>
    public static DateTimeOffset? Moment(this JsonElement element, string name)
    {
        var value = element.Member(name);
        if (value.Whole() is { } millis)
            return millis is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : null;
        return DateTimeOffset.TryParse(value.Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) ? moment : null;
    }

    /// <summary>Cuts a text without leaving half of a surrogate pair.</summary>
    public static string Clip(string text, int length)
    {
        if (text.Length <= length) return text;
        if (char.IsHighSurrogate(text[length - 1])) length--;
        return text[..length];
    }
}
