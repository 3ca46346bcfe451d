using Microsoft.JSInterop;

namespace Sluice.Portal.Client.Shared.Live;

/// <summary>
/// What a component keeps in the browser for the time when its page has to be loaded again: by name, for this URL, in the tab (<c>page-memory.js</c>). Nothing
/// secret and nothing long belongs here. Call it after the first rendering.
/// </summary>
public sealed class PageMemory(IJSRuntime js) : IAsyncDisposable
{
    private IJSObjectReference? _module;

    /// <summary>What was kept before the page was loaded again; the default where nothing was, or on a page that was opened anew.</summary>
    public async ValueTask<T?> RecallAsync<T>(string name)
    {
        try
        {
            return await (await ModuleAsync()).InvokeAsync<T?>("recall", name);
        }
        catch (JSException)
        {
            // Written by another version of Sluice, in another shape.
            return default;
        }
    }

    /// <summary>Keeps a value; the newest counts. A browser that is away keeps what it had.</summary>
    public async ValueTask KeepAsync<T>(string name, T value)
    {
        try
        {
            await (await ModuleAsync()).InvokeVoidAsync("keep", name, value);
        }
        catch (JSDisconnectedException)
        {
            // The page is gone.
        }
    }

    public async ValueTask ForgetAsync(string name)
    {
        try
        {
            await (await ModuleAsync()).InvokeVoidAsync("forget", name);
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and this with it.
        }
    }

    public ValueTask DisposeAsync() => _module.DisposeQuietlyAsync();

    private async ValueTask<IJSObjectReference> ModuleAsync() =>
        _module ??= await js.InvokeAsync<IJSObjectReference>("import", "./_content/Sluice.Portal.Client/js/page-memory.js");
}
