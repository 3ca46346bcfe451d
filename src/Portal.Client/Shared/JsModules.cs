using Microsoft.JSInterop;

namespace Sluice.Portal.Client.Shared;

internal static class JsModules
{
    /// <summary>Lets go of a script object; a browser that is gone already has let go of it itself.</summary>
    public static async ValueTask DisposeQuietlyAsync(this IJSObjectReference? reference)
    {
        if (reference is null) return;
        try
        {
            await reference.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The circuit ended first.
        }
    }
}
