using System.Buffers;
using System.Globalization;

namespace Sluice.Portal.Api;

/// <summary>Writes cells by RFC 4180, and so that no spreadsheet takes text of a pipeline for a formula.</summary>
public static class CsvText
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <summary>Text from outside. What begins like a formula gets an apostrophe first: a spreadsheet would run it.</summary>
    public static string OfText(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n') text = "'" + text;
        return text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    public static string Of(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>ISO 8601 in UTC.</summary>
    public static string Of(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "";
}
