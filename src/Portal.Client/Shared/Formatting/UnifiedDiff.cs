using System.Globalization;

namespace Sluice.Portal.Client.Shared.Formatting;

/// <summary>One line of a diff as it is drawn.</summary>
public readonly record struct UnifiedDiffLine(string Class, string Number, string Sign, string Text);

/// <summary>Reads a unified diff for drawing: file heads are left out, hunk heads give the line numbers.</summary>
public static class UnifiedDiff
{
    public static IEnumerable<UnifiedDiffLine> Read(string diff)
    {
        int before = 1, after = 1;
        foreach (var raw in diff.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            if (raw.StartsWith("--- ", StringComparison.Ordinal) || raw.StartsWith("+++ ", StringComparison.Ordinal)) continue;
            if (raw.StartsWith("@@", StringComparison.Ordinal))
            {
                (before, after) = (Start(raw, '-', before), Start(raw, '+', after));
                yield return new("skip-lines", "", "", "…");
                continue;
            }

            switch (raw.Length == 0 ? ' ' : raw[0])
            {
                case '-':
                    yield return new("del", Pad(before++), "-", raw[1..]);
                    break;
                case '+':
                    yield return new("add", Pad(after++), "+", raw[1..]);
                    break;
                default:
                    yield return new("", Pad(after++), " ", raw.Length > 0 && raw[0] == ' ' ? raw[1..] : raw);
                    before++;
                    break;
            }
        }
    }

    private static int Start(string hunk, char sign, int otherwise)
    {
        var at = hunk.IndexOf(sign, 2);
        if (at < 0) return otherwise;
        var digits = hunk.AsSpan(at + 1);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var line) ? Math.Max(1, line) : otherwise;
    }

    private static string Pad(int line) => line.ToString(CultureInfo.InvariantCulture).PadLeft(3);
}
