namespace Sluice.Portal.Client.Shared.Palette;

/// <summary>What one entry is found by: a name, with what stands before it (a namespace) and what stands after it (a cluster).</summary>
public readonly record struct PaletteKey(string Name, string Before = "", string After = "");

/// <summary>
/// The texts that the palette looks through, in small letters and one after the other in one array, so that a look at all of them touches memory in order.
/// Immutable; shared by all pages.
/// </summary>
public sealed class PaletteKeys
{
    private readonly char[] _text;
    private readonly Entry[] _entries;
    private readonly char[] _initials;

    private PaletteKeys(char[] text, char[] initials, Entry[] entries) => (_text, _initials, _entries) = (text, initials, entries);

    public int Count => _entries.Length;

    public static PaletteKeys Of(IReadOnlyList<PaletteKey> keys)
    {
        var length = 0;
        foreach (var key in keys) length += key.Before.Length + key.Name.Length + key.After.Length + 2;
        var (text, initials, entries) = (new char[length], new char[length], new Entry[keys.Count]);
        var (at, initial) = (0, 0);
        for (var i = 0; i < entries.Length; i++)
        {
            var key = keys[i];
            var (start, firstInitial) = (at, initial);
            at += key.Before.AsSpan().ToLowerInvariant(text.AsSpan(at));
            text[at++] = '/';
            var name = at;
            at += key.Name.AsSpan().ToLowerInvariant(text.AsSpan(at));
            var end = at;
            text[at++] = ' ';
            at += key.After.AsSpan().ToLowerInvariant(text.AsSpan(at));
            for (var c = name; c < end; c++)
                if (char.IsLetterOrDigit(text[c]) && (c == name || !char.IsLetterOrDigit(text[c - 1]))) initials[initial++] = text[c];
            entries[i] = new(start, name, end, at, firstInitial, initial, MaskOf(text.AsSpan(start, at - start)));
        }

        return new(text, initials[..initial], entries);
    }

    /// <summary>Which letters and digits occur: a quick way to say that a word cannot.</summary>
    public static ulong MaskOf(ReadOnlySpan<char> text)
    {
        var mask = 0UL;
        foreach (var c in text)
        {
            mask |= 1UL << (c switch
            {
                >= 'a' and <= 'z' => c - 'a',
                >= '0' and <= '9' => 26 + c - '0',
                '-' => 36,
                _ => 37 + (c % 26),
            });
        }

        return mask;
    }

    internal ref readonly Entry At(int index) => ref _entries[index];

    internal ReadOnlySpan<char> Text(in Entry entry) => _text.AsSpan(entry.Start, entry.End - entry.Start);

    internal ReadOnlySpan<char> Initials(in Entry entry) => _initials.AsSpan(entry.FirstInitial, entry.LastInitial - entry.FirstInitial);

    /// <summary>Where an entry stands: its text, the name in it, and the first letters of the name's words.</summary>
    internal readonly record struct Entry(int Start, int Name, int NameEnd, int End, int FirstInitial, int LastInitial, ulong Mask);
}
