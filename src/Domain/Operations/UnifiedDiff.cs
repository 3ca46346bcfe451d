using System.Globalization;
using System.Text;

namespace Sluice.Domain.Operations;

/// <summary>The difference of two texts, line by line, with three lines around each change.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    // The table below has a cell for each pair of lines; beyond this the middle is shown as replaced.
    private const int LongestMiddle = 2000;

    public static string Between(string before, string after)
    {
        var (a, b) = (Lines(before), Lines(after));
        var head = 0;
        while (head < a.Length && head < b.Length && a[head] == b[head]) head++;
        var tail = 0;
        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)] == b[^(tail + 1)]) tail++;
        var lines = new List<string>();
        lines.AddRange(a.Take(head).Select(l => " " + l));
        Middle(a[head..^tail], b[head..^tail], lines);
        lines.AddRange(a.Skip(a.Length - tail).Select(l => " " + l));
        return Trim(lines);
    }

    /// <summary>The same in the form that <c>git apply</c> and <c>patch</c> read; empty where nothing differs.</summary>
    public static string Patch(string before, string after, string path)
    {
        // Empty lines at the end are lines of the file: a piece near the end only fits where they are told.
        var (a, b) = (AllLines(before), AllLines(after));
        var lines = new List<string>();
        Middle(a, b, lines);
        if (lines.All(l => l[0] == ' ')) return "";
        var text = new StringBuilder().Append("--- a/").Append(path).Append('\n').Append("+++ b/").Append(path).Append('\n');
        var (old, now) = (1, 1);
        for (var i = 0; i < lines.Count;)
        {
            var change = lines.FindIndex(i, l => l[0] != ' ');
            if (change < 0) break;
            var begin = Math.Max(i, change - Context);
            var end = change;
            // Changes that are near each other stand in one piece.
            for (var j = change; j < lines.Count && j <= end + (2 * Context); j++)
                if (lines[j][0] != ' ') end = j;
            end = Math.Min(lines.Count, end + 1 + Context);
            (old, now) = (old + begin - i, now + begin - i);
            var piece = lines[begin..end];
            var (left, right) = (piece.Count(l => l[0] != '+'), piece.Count(l => l[0] != '-'));
            text.Append(CultureInfo.InvariantCulture, $"@@ -{(left == 0 ? old - 1 : old)},{left} +{(right == 0 ? now - 1 : now)},{right} @@\n");
            foreach (var line in piece) text.Append(line).Append('\n');
            (old, now, i) = (old + left, now + right, end);
        }
        return text.ToString();
    }

    private static string[] AllLines(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');

    private static void Middle(string[] a, string[] b, List<string> lines)
    {
        if (a.Length > LongestMiddle || b.Length > LongestMiddle)
        {
            lines.AddRange(a.Select(l => "-" + l));
            lines.AddRange(b.Select(l => "+" + l));
            return;
        }
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
            for (var j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        for (int i = 0, j = 0; i < a.Length || j < b.Length;)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                lines.Add(" " + a[i++]);
                j++;
            }
            else if (i < a.Length && (j == b.Length || common[i + 1, j] >= common[i, j + 1])) lines.Add("-" + a[i++]);
            else lines.Add("+" + b[j++]);
        }
    }

    private static string Trim(List<string> lines)
    {
        var near = new bool[lines.Count];
        for (var i = 0; i < lines.Count; i++)
            if (lines[i][0] != ' ')
                for (var j = Math.Max(0, i - Context); j <= Math.Min(lines.Count - 1, i + Context); j++) near[j] = true;
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            if (near[i]) text.Append(lines[i]).Append('\n');
            else if (i > 0 && near[i - 1]) text.Append("@@\n");
        }
        return text.ToString();
    }
}
