namespace Sluice.Portal.Client.Shared.Palette;

/// <summary>One found entry.</summary>
public readonly record struct PaletteHit(int Index, int Score);

/// <summary>
/// Finds the entries that a few letters mean, the best first. Every word has to occur: whole, at the start of a word, inside one, as first letters (<c>fsv</c> for
/// fraud-scores-v3) or, where that finds too few, as letters in that order. What was opened lately comes before its like; among equals the weightier comes first.
/// </summary>
public static class PaletteRanker
{
    private const int WholeName = 1000;
    private const int NamePrefix = 800;
    private const int WholeBefore = 720;
    private const int NameWord = 650;
    private const int FirstLetters = 620;
    private const int BeforePrefix = 600;
    private const int WholeAfter = 560;
    private const int AfterPrefix = 450;
    private const int SomeFirstLetters = 420;
    private const int InName = 350;
    private const int InBefore = 300;
    private const int InAfter = 250;
    private const int Scattered = 100;
    private const int MostWords = 6;

    /// <summary>The words of what was typed, in small letters.</summary>
    public static string[] Words(string text) =>
        [.. text.ToLowerInvariant().Split([' ', '/', '\t', '\u00A0'], StringSplitOptions.RemoveEmptyEntries).Take(MostWords)];

    /// <param name="keys">What to look through.</param>
    /// <param name="words">All of them have to occur.</param>
    /// <param name="most">How many to find.</param>
    /// <param name="weights">Which entries come first among equals (the larger); as many as there are keys, or empty.</param>
    /// <param name="lately">What was opened lately, and by how much that lifts it.</param>
    public static IReadOnlyList<PaletteHit> Rank(PaletteKeys keys, IReadOnlyList<string> words, int most, ReadOnlySpan<byte> weights = default, IReadOnlyDictionary<int, int>? lately = null)
    {
        if (words.Count == 0 || most <= 0) return [];
        var mask = words.Aggregate(0UL, (all, word) => all | PaletteKeys.MaskOf(word));
        var best = new Best(most);
        for (var pass = 0; pass < 2 && !best.Full; pass++)
        {
            for (var i = 0; i < keys.Count; i++)
            {
                ref readonly var entry = ref keys.At(i);
                if ((mask & ~entry.Mask) != 0) continue;
                var score = Score(keys, entry, words, scattered: pass == 1);
                if (score == 0) continue;
                if (lately is not null && lately.TryGetValue(i, out var lift)) score += lift;
                // Score, then weight, then the shorter name; the entry's place makes the order the same every time.
                var order = ((long)score << 16) | ((long)(weights.IsEmpty ? 0 : weights[i]) << 8) | (long)(255 - Math.Min(255, entry.NameEnd - entry.Name));
                best.Offer(order, i);
            }

            // The second pass finds what the first one did, and more.
            if (pass == 0 && !best.Full) best.Clear();
        }

        return best.Take();
    }

    /// <summary>The parts of a text that the words name, for showing why it was found: ordered, not overlapping.</summary>
    public static IReadOnlyList<Range> Marks(string text, IReadOnlyList<string> words)
    {
        var marked = new bool[text.Length];
        foreach (var word in words)
        {
            var at = WordStart(text, word);
            if (at >= 0) marked.AsSpan(at, word.Length).Fill(true);
            else MarkScattered(text, word, marked);
        }

        var ranges = new List<Range>();
        for (var i = 0; i < marked.Length; i++)
        {
            if (!marked[i]) continue;
            var start = i;
            while (i < marked.Length && marked[i]) i++;
            ranges.Add(start..i);
        }

        return ranges;
    }

    private static int Score(PaletteKeys keys, in PaletteKeys.Entry entry, IReadOnlyList<string> words, bool scattered)
    {
        var text = keys.Text(entry);
        var (name, end) = (entry.Name - entry.Start, entry.NameEnd - entry.Start);
        var sum = 0;
        for (var w = 0; w < words.Count; w++)
        {
            var word = words[w].AsSpan();
            var score = OfPlaces(text, name, end, word);
            if (score < FirstLetters && word.Length > 1) score = Math.Max(score, OfInitials(keys.Initials(entry), word));
            if (score == 0 && scattered) score = OfScattered(text, word);
            if (score == 0) return 0;
            sum += score;
        }

        return sum / words.Count;
    }

    private static int OfPlaces(ReadOnlySpan<char> text, int name, int end, ReadOnlySpan<char> word)
    {
        var best = 0;
        for (var from = 0; from <= text.Length - word.Length;)
        {
            var found = text[from..].IndexOf(word);
            if (found < 0) break;
            var at = from + found;
            best = Math.Max(best, OfPlace(text, name, end, at, at + word.Length));
            if (best >= NamePrefix) break;
            from = at + 1;
        }

        return best;
    }

    private static int OfPlace(ReadOnlySpan<char> text, int name, int end, int at, int to)
    {
        var starts = at == 0 || !char.IsLetterOrDigit(text[at - 1]);
        if (at >= name && to <= end) return at == name ? to == end ? WholeName : NamePrefix : starts ? NameWord : InName;
        if (to < name) return at == 0 ? to == name - 1 ? WholeBefore : BeforePrefix : starts ? BeforePrefix - 20 : InBefore;
        return at == end + 1 ? to == text.Length ? WholeAfter : AfterPrefix : starts ? AfterPrefix - 20 : InAfter;
    }

    private static int OfInitials(ReadOnlySpan<char> initials, ReadOnlySpan<char> word) =>
        initials.StartsWith(word) ? FirstLetters : initials.IndexOf(word) >= 0 ? SomeFirstLetters : 0;

    /// <summary>Letters in that order: the more of them begin a word or follow each other, the better.</summary>
    private static int OfScattered(ReadOnlySpan<char> text, ReadOnlySpan<char> word)
    {
        var (at, last, score) = (0, -2, Scattered);
        foreach (var c in word)
        {
            var found = text[at..].IndexOf(c);
            if (found < 0) return 0;
            at += found;
            if (at == last + 1) score += 12;
            else if (at == 0 || !char.IsLetterOrDigit(text[at - 1])) score += 10;
            else score -= Math.Min(4, found);
            last = at++;
        }

        return Math.Clamp(score, 1, InAfter - 1);
    }

    private static int WordStart(string text, string word)
    {
        var first = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
        for (var at = first; at >= 0; at = at + 1 < text.Length ? text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase) : -1)
            if (at == 0 || !char.IsLetterOrDigit(text[at - 1])) return at;
        return first;
    }

    private static void MarkScattered(string text, string word, bool[] marked)
    {
        // First letters, where they are meant; else the letters one after the other.
        for (var initials = 1; initials >= 0; initials--)
        {
            var places = new List<int>();
            for (var i = 0; i < text.Length && places.Count < word.Length; i++)
                if (char.ToLowerInvariant(text[i]) == word[places.Count] && (initials == 0 || i == 0 || !char.IsLetterOrDigit(text[i - 1]))) places.Add(i);
            if (places.Count < word.Length) continue;
            foreach (var place in places) marked[place] = true;
            return;
        }
    }

    /// <summary>The best so far, kept in order: there are a dozen of them at most.</summary>
    private sealed class Best(int most)
    {
        private readonly (long Order, int Index)[] _kept = new (long, int)[most];
        private int _count;

        public bool Full => _count == most;

        public void Clear() => _count = 0;

        public void Offer(long order, int index)
        {
            if (Full && order <= _kept[most - 1].Order) return;
            var at = Full ? most - 1 : _count++;
            while (at > 0 && _kept[at - 1].Order < order)
            {
                _kept[at] = _kept[at - 1];
                at--;
            }

            _kept[at] = (order, index);
        }

        public IReadOnlyList<PaletteHit> Take() => [.. _kept.Take(_count).Select(kept => new PaletteHit(kept.Index, (int)(kept.Order >> 16)))];
    }
}
