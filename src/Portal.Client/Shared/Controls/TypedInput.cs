using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Sluice.Portal.Client.Shared.Controls;

/// <summary>
/// A text field that tells what is typed letter by letter, however busy the page is. Like <c>@bind</c> on <c>oninput</c>, but with one handler for as long as it is shown:
/// <c>@bind</c> makes a new one at each rendering, and a letter typed while renderings follow closely is then sent to a handler that the server has given up, and is lost.
/// </summary>
public sealed class TypedInput : ComponentBase
{
    private readonly EventCallback<ChangeEventArgs> _heard;

    public TypedInput() => _heard = EventCallback.Factory.Create<ChangeEventArgs>(this, HeardAsync);

    /// <summary>What the field says.</summary>
    [Parameter, EditorRequired] public string? Value { get; set; }

    /// <summary>What it says after each letter.</summary>
    [Parameter, EditorRequired] public EventCallback<string> ValueChanged { get; set; }

    /// <summary>Everything else of the element.</summary>
    [Parameter(CaptureUnmatchedValues = true)] public IReadOnlyDictionary<string, object>? Attributes { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "input");
        builder.AddMultipleAttributes(1, Attributes);
        builder.AddAttribute(2, "value", Value);
        builder.AddAttribute(3, "oninput", _heard);
        // What the browser shows is what the next rendering compares with: letters typed meanwhile stay.
        builder.SetUpdatesAttributeName("value");
        builder.CloseElement();
    }

    private Task HeardAsync(ChangeEventArgs e) => ValueChanged.InvokeAsync(e.Value as string ?? "");
}
