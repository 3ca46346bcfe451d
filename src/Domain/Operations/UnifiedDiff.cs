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
