using System.Globalization;
using System.Text;
using DiffPlex;
using DiffPlex.Model;

namespace Sluice.Portal.Api;

/// <summary>Two texts as a unified diff, with three lines around each change.</summary>
internal static class TextDiff
{
    private const int Around = 3;

    public static string Unified(string before, string after, string beforeName, string afterName)
    {
        var diff = new Differ().CreateLineDiffs(before.ReplaceLineEndings("\n"), after.ReplaceLineEndings("\n"), ignoreWhitespace: false);
        if (diff.DiffBlocks.Count == 0) return "";
        var text = new StringBuilder().Append("--- ").Append(beforeName).Append('\n').Append("+++ ").Append(afterName).Append('\n');
        foreach (var hunk in Hunks(diff.DiffBlocks)) Append(text, diff, hunk);
        return text.ToString();
    }

    /// <summary>Blocks whose surroundings touch are one hunk.</summary>
    private static List<List<DiffBlock>> Hunks(IList<DiffBlock> blocks)
    {
        List<List<DiffBlock>> hunks = [];
        foreach (var block in blocks)
            if (hunks.Count > 0 && hunks[^1][^1] is var last && block.DeleteStartA - (last.DeleteStartA + last.DeleteCountA) <= 2 * Around) hunks[^1].Add(block);
            else hunks.Add([block]);
        return hunks;
    }

    private static void Append(StringBuilder text, DiffResult diff, List<DiffBlock> hunk)
    {
        var start = Math.Max(0, hunk[0].DeleteStartA - Around);
        var end = Math.Min(diff.PiecesOld.Length, hunk[^1].DeleteStartA + hunk[^1].DeleteCountA + Around);
        var startAfter = start + hunk[0].InsertStartB - hunk[0].DeleteStartA;
        var lengthAfter = end - start + hunk.Sum(b => b.InsertCountB - b.DeleteCountA);
        text.Append(CultureInfo.InvariantCulture, $"@@ -{start + 1},{end - start} +{startAfter + 1},{lengthAfter} @@\n");
        var at = start;
        foreach (var block in hunk)
        {
            for (; at < block.DeleteStartA; at++) text.Append(' ').Append(diff.PiecesOld[at]).Append('\n');
            for (; at < block.DeleteStartA + block.DeleteCountA; at++) text.Append('-').Append(diff.PiecesOld[at]).Append('\n');
            for (var i = 0; i < block.InsertCountB; i++) text.Append('+').Append(diff.PiecesNew[block.InsertStartB + i]).Append('\n');
        }

        for (; at < end; at++) text.Append(' ').Append(diff.PiecesOld[at]).Append('\n');
    }
}
