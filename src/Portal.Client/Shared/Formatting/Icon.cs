using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Components;

namespace Sluice.Portal.Client.Shared.Formatting;

/// <summary>A shape of the sprite (IconSprite.razor) as a piece of markup: a page has a hundred of them, and as components each would cost its circuit 3 KB.</summary>
public static class Icon
{
    private static readonly ConcurrentDictionary<string, MarkupString> Cache = new(StringComparer.Ordinal);

    /// <summary>The shape of that name; it says nothing to a screen reader, the word beside it does.</summary>
    public static MarkupString Of(string name) => Cache.GetOrAdd(name, static name => new MarkupString($"<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-{HtmlEncoder.Default.Encode(name)}\"></use></svg>"));
}
