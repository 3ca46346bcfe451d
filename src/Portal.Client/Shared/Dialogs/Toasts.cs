namespace Sluice.Portal.Client.Shared.Dialogs;

/// <summary>Tells the end of something that the person started, with a link to its record. Never the only record.</summary>
public sealed class Toasts
{
    /// <summary>Raised on the caller's thread.</summary>
    public event Action<Toast>? Said;

    public void Say(string text, string href, string link) => Said?.Invoke(new Toast(text, href, link));
}

/// <summary>One short notice. The link to the record is required.</summary>
public sealed record Toast(string Text, string Href, string Link);
