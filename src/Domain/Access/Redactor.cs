using System.Text.RegularExpressions;

namespace Sluice.Domain.Access;

/// <summary>
/// Takes secrets out of text before anyone sees or stores it: logs, error messages, manifests, sent requests.
/// It works on the text alone, so it errs towards hiding: the value of any key that looks secret goes, whatever it is.
/// </summary>
public static partial class Redactor
{
    /// <summary>What stands where a secret was.</summary>
    public const string Mask = "••••••";

    /// <summary>The text with the values of secret-looking keys, URL user information and tokens replaced by <see cref="Mask"/>.</summary>
    public static string Redact(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        // Innermost forms first: what is masked once no longer matches the looser patterns behind it.
        text = PrivateKey().Replace(text, Mask);
        // Long stack traces name no secret as a rule, and the pair patterns are slow on them.
        var named = SecretKey().IsMatch(text);
        if (named) text = QuotedPair().Replace(text, "${head}" + Mask + "${tail}");
        text = UrlUser().Replace(text, "${scheme}" + Mask + "@");
        text = AuthorizationHeader().Replace(text, "${head}" + Mask);
        if (named) text = Option().Replace(PlainPair().Replace(text, HidePlain), "${head}" + Mask);
        return Jwt().Replace(text, Mask);
    }

    /// <summary>The value as it may be shown under this key: masked where the key looks secret, redacted otherwise.</summary>
    public static string RedactValue(string key, string? value) =>
        string.IsNullOrEmpty(value) ? "" : IsSecretKey(key) && !NotSecretValue().IsMatch(value) ? Mask : Redact(value);

    /// <summary>True where the key's name says that its value is a secret.</summary>
    public static bool IsSecretKey(string? key) => key is not null && SecretKey().IsMatch(key) && !NotSecretKey().IsMatch(key);

    private static string HidePlain(Match match) =>
        NotSecretKey().IsMatch(match.Groups["key"].Value) || NotSecretValue().IsMatch(match.Groups["value"].Value.Trim('"', '\''))
            ? match.Value
            : match.Groups["key"].Value + match.Groups["sep"].Value + Mask;

    private const string Words = @"(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_.]?key|access[-_.]?key|account[-_.]?key|private[-_.]?key|credential|sas[-_.]?key|shared[-_.]?key|fs\.azure\.account\.key|jaas\.config|client[-_.]?key[-_.]?data|connection[-_.]?string)";

    [GeneratedRegex(Words, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretKey();

    // Keys that only say where a secret is or how long it lives; hiding them would hide the cause of many failures.
    [GeneratedRegex(@"(?:secret[-_.]?(?:name|ref|key[-_.]?ref|s?[-_.]mount)|token[-_.]?(?:expir|ttl|renew|url|uri|endpoint)|secrets?$(?<=kubernetes\.secrets?)|passthrough|password[-_.]?file|delegation[-_.]tokens?\.enabled|tokens?[-_.]?enabled|provider)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NotSecretKey();

    [GeneratedRegex(@"^(?:null|true|false||\{\}|\[\]|\$\{[^}]*\}|\$\([^)]*\)|" + Mask + @".*)$", RegexOptions.CultureInvariant)]
    private static partial Regex NotSecretValue();

    // JSON, also inside a JSON string, where every quote carries backslashes.
    [GeneratedRegex(@"(?<head>(?<q>\\*"")(?!secret(?:Name|Ref|KeyRef)\b)[\w.\-/]{0,64}?" + Words + @"[\w.\-/]{0,64}?\k<q>\s*:\s*\k<q>)(?:(?!\k<q>).)+(?<tail>\k<q>)", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex QuotedPair();

    [GeneratedRegex(@"(?<scheme>\b[a-z][a-z0-9+.\-]{1,20}://)[^\s/@""'<>]+@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UrlUser();

    [GeneratedRegex(@"(?<head>\b(?:Bearer|Basic)\s+)[A-Za-z0-9+/=._~\-]{8,}", RegexOptions.CultureInvariant)]
    private static partial Regex AuthorizationHeader();

    // key=value, key: value, --key=value, -Dkey=value; the value ends at white space unless quoted.
    [GeneratedRegex(@"(?<key>[\w.\-]{0,64}" + Words + @"[\w.\-]{0,64})(?<sep>""?'?[ \t]*[=:][ \t]*)(?<value>\$\{[^}\s]*\}|""[^""\r\n]*""|'[^'\r\n]*'|[^\s,;&""'}\])]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PlainPair();

    // Options that take the value as the next word: --db-password hunter2, or as the next item of a YAML list.
    [GeneratedRegex(@"(?<head>--?[\w.\-]{0,64}(?:password|passwd|secret|token|api-?key)\b""?'?(?:[ \t]+|,[ \t]*|[ \t]*\r?\n[ \t]*-[ \t]+)""?'?)(?!-)[^\s,""'\]]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Option();

    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*", RegexOptions.CultureInvariant)]
    private static partial Regex Jwt();
}
