using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Specs;

/// <summary>
/// What a value without quotes means. YAML 1.2's core rules, with the one exception that matters in pod templates: <c>0644</c> is octal, as kubectl reads it.
/// </summary>
internal static partial class YamlScalars
{
    /// <summary>The value of a plain scalar; null for YAML's null.</summary>
    /// <exception cref="FormatException">For numbers that JSON does not have.</exception>
    public static JsonNode? Resolve(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ => MayBeNumber(text) ? Number(text) : JsonValue.Create(text),
    };

    /// <summary>True where older readers (YAML 1.1, kubectl) take the text for something else than a string.</summary>
    public static bool IsAmbiguous(string text) => text.Length is > 0 and <= 40 && OtherReaders().IsMatch(text);

    /// <summary>True where the text without quotes would be read as a string by every reader.</summary>
    public static bool IsPlainString(string text) =>
        text.Length > 0 && text is not ("~" or "null" or "Null" or "NULL" or "true" or "True" or "TRUE" or "false" or "False" or "FALSE" or "=" or "<<")
        && !(MayBeNumber(text) && NumberLike().IsMatch(text)) && !IsAmbiguous(text);

    private static bool MayBeNumber(string text) => char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.';

    private static JsonNode Number(string text)
    {
        if (InfiniteOrNaN().IsMatch(text)) throw new FormatException($"{text} is not a number that Kubernetes can hold. Put it in quotes if it is text.");
        if (Octal().Match(text) is { Success: true } octal) return Integer(octal.Groups[1].Value, octal.Groups[2].Value, 8) ?? JsonValue.Create(text);
        if (Hex().Match(text) is { Success: true } hex) return Integer(hex.Groups[1].Value, hex.Groups[2].Value, 16) ?? JsonValue.Create(text);
        if (!Decimal().IsMatch(text)) return JsonValue.Create(text);
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value)) return JsonValue.Create(text);
        // The digits are kept as they were written: 1.10 must not become 1.1, and 20 digits must not become a double.
        return JsonNode.Parse(AsJson(text))!;
    }

    private static JsonValue? Integer(string sign, string digits, int radix)
    {
        try
        {
            var value = Convert.ToInt64(digits, radix);
            return value < 0 ? null : JsonValue.Create(sign == "-" ? -value : value);
        }
        catch (OverflowException)
        {
            return null; // longer than any integer of Kubernetes: text
        }
    }

    private static string AsJson(string text)
    {
        var sign = text[0] == '-' ? "-" : "";
        var rest = text.TrimStart('+', '-');
        var split = rest.AsSpan().IndexOfAny('e', 'E');
        var (mantissa, exponent) = split < 0 ? (rest, "") : (rest[..split], rest[split..]);
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = (dot < 0 ? mantissa : mantissa[..dot]).TrimStart('0');
        var fraction = dot < 0 ? "" : mantissa[(dot + 1)..];
        return sign + (whole.Length == 0 ? "0" : whole) + (fraction.Length == 0 ? "" : "." + fraction) + exponent;
    }

    [GeneratedRegex(@"^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$")]
    private static partial Regex InfiniteOrNaN();

    [GeneratedRegex(@"^([-+]?)0o?([0-7]+)$")]
    private static partial Regex Octal();

    [GeneratedRegex(@"^([-+]?)0x([0-9a-fA-F]+)$")]
    private static partial Regex Hex();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^[-+]?(\.(inf|Inf|INF|nan|NaN|NAN)|0[xob]?[0-9a-fA-F]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)$")]
    private static partial Regex NumberLike();

    // yes/no/on/off, 1_000, 0b1, 12:30:00 (base 60) and dates.
    [GeneratedRegex(@"^(?:y|Y|n|N|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[-+]?[0-9][0-9_]*_[0-9_.]*|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*)$")]
    private static partial Regex OtherReaders();
}
