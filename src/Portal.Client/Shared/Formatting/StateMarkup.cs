using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Components;

namespace Sluice.Portal.Client.Shared.Formatting;

/// <summary>
/// The markup of a state as one piece, for tables of many rows: a component per badge would cost a page several hundred kilobytes.
/// Made of our own words only, and encoded all the same; text that someone typed never goes through here.
/// </summary>
public static class StateMarkup
{
    private static readonly ConcurrentDictionary<StateLook, MarkupString> Cache = new();

    public static MarkupString Of(StateLook look) => Cache.GetOrAdd(look, static look =>
    {
        var word = HtmlEncoder.Default.Encode(look.Word);
        var tone = look.Loud || look.Style == "none" ? "" : " quiet";
        return new MarkupString(look.Icon == "idle"
            ? $"<span class=\"state none\" title=\"{word}\">{Icon.Of(look.Icon)}<span class=\"visually-hidden\">{word}</span></span>"
            : $"<span class=\"state {look.Style}{tone}\">{Icon.Of(look.Icon)}{word}</span>");
    });

    /// <summary>Shape and word of a row that is old; its age follows.</summary>
    public static readonly MarkupString Stale = new(Icon.Of("stale").Value + "stale ");

    /// <summary>Shape, number and word: <c>41 failed</c>.</summary>
    public static MarkupString Counted(StateLook look, int count) =>
        new($"<span class=\"state {look.Style} quiet\">{Icon.Of(look.Icon)}{Format.Count(count)} {HtmlEncoder.Default.Encode(look.Word)}</span>");
}
