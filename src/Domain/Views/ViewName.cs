using System.Globalization;
using System.Text;

namespace Sluice.Domain.Views;

/// <summary>What a view may be called: one line of any script, emoji included.</summary>
public static class ViewName
{
    /// <summary>How many characters, as people count them, a name may have.</summary>
    public const int Longest = 80;

    /// <summary>The name as it is kept: without space around it.</summary>
    /// <exception cref="ViewRefusedException">It cannot be a name.</exception>
    public static string Clean(string? text)
    {
        if (text is null || !IsWellFormed(text)) throw Refuse("It holds half a character. Type it again.");
        var name = text.Trim();
        if (name.Length == 0 || !name.EnumerateRunes().Any(IsSeen)) throw Refuse("A view needs a name. Say what it shows.");
        if (name.EnumerateRunes().Any(IsForbidden)) throw Refuse("A name is one line, without control characters and without marks that turn the direction of the text around it.");
        // Code units are bounded too: one seen character can be made of thousands.
        if (new StringInfo(name).LengthInTextElements > Longest || name.Length > Longest * 8) throw Refuse($"It is too long. Use at most {Longest} characters.");
        return name;
    }

    /// <summary>What two names have in common that people would take for the same.</summary>
    /// <remarks>Letters of either case are the same. Forms of Unicode are told apart: without ICU, which a small container lacks, .NET does not normalise.</remarks>
    public static string KeyOf(string name) => name.ToUpperInvariant();

    private static bool IsSeen(Rune rune) => !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    private static bool IsForbidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static ViewRefusedException Refuse(string why) => new(ViewRefusal.Invalid, "name", why);
}
