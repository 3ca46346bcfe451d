#pragma warning disable BL0006 // The render tree is where the handler of a click stands; there is no other way to it without a browser.
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.HtmlRendering.Infrastructure;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Portal.Client.Tests;

/// <summary>Renders to HTML, and carries out clicks.</summary>
internal sealed class ClickableRenderer(IServiceProvider services) : StaticHtmlRenderer(services, NullLoggerFactory.Instance)
{
    public Task ClickAsync(string attribute, string value) =>
        DispatchEventAsync(Find(0, attribute, value) ?? throw new InvalidOperationException($"Nothing with {attribute}={value} can be clicked."), null, new MouseEventArgs());

    /// <summary>What a browser that shows the component calls: the component begins to follow what is live.</summary>
    public Task ShownAsync() => ((IHandleAfterRender)GetComponentState(0).Component).OnAfterRenderAsync();

    private ulong? Find(int component, string attribute, string value)
    {
        var frames = GetCurrentRenderTreeFrames(component);
        for (var i = 0; i < frames.Count; i++)
        {
            var frame = frames.Array[i];
            if (frame.FrameType == RenderTreeFrameType.Component && Find(frame.ComponentId, attribute, value) is { } inside) return inside;
            if (frame.FrameType != RenderTreeFrameType.Element) continue;
            var attributes = frames.Array.Skip(i + 1).TakeWhile(f => f.FrameType == RenderTreeFrameType.Attribute).ToList();
            if (attributes.Any(a => a.AttributeName == attribute && a.AttributeValue as string == value)) return attributes.Single(a => a.AttributeName == "onclick").AttributeEventHandlerId;
        }

        return null;
    }
}
