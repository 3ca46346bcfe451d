using Microsoft.AspNetCore.Components;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// The changes of address that a page makes itself. The browser tells of them, too, a round trip later: by then the person may have typed another letter, which the older address must not take back.
/// </summary>
internal sealed class OwnNavigation(NavigationManager navigation, TimeProvider time)
{
    // A browser that says nothing for so long lost its line; what it says after that is news.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private readonly Queue<(string Url, long At)> _underWay = [];

    public void Go(string url, bool replace)
    {
        Expect(url);
        navigation.NavigateTo(url, replace: replace);
    }

    /// <summary>The page goes to an address by other means.</summary>
    public void Expect(string url) => _underWay.Enqueue((navigation.ToAbsoluteUri(url).AbsoluteUri, time.GetTimestamp()));

    /// <summary>True where the browser tells of an address that the page itself went to; the page has shown it since then.</summary>
    public bool IsEcho(string location)
    {
        while (_underWay.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > Longest) _underWay.Dequeue();
        var address = new Uri(location).AbsoluteUri;
        if (!_underWay.Any(own => own.Url == address)) return false;
        // The browser tells in order: what was before this one it will not tell any more.
        while (_underWay.Dequeue().Url != address)
        {
        }

        return true;
    }
}
