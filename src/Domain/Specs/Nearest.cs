namespace Sluice.Domain.Specs;

/// <summary>Finds the known name that somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary>The nearest known name, or null where none is near enough.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length is 0 or > 200) return null;
        var limit = Math.Max(1, name.Length / 4);
        return known.Where(k => Math.Abs(k.Length - name.Length) <= limit).Select(k => (Name: k, Distance: Distance(name, k))).Where(e => e.Distance <= limit).OrderBy(e => e.Distance).Select(e => e.Name).FirstOrDefault();
    }

    // Insert, delete, replace or swap two neighbours: what fingers do.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1])) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}
