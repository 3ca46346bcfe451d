using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>
/// Kubernetes manifests as YAML text and as JSON, without loss in either direction: quoted values stay strings, numbers keep their digits, unknown fields stay.
/// Text from people is not trusted: its size and depth are bounded, anchors and aliases (which can blow up a few lines to gigabytes) are refused.
/// </summary>
public static class ManifestYaml
{
    /// <summary>The longest text that is read: an API server takes no larger object.</summary>
    public const int MaxBytes = 3 * 1024 * 1024;

    /// <summary>How deep maps and lists may be nested.</summary>
    public const int MaxDepth = 64;

    /// <summary>Reads the one manifest of a text.</summary>
    /// <exception cref="ManifestYamlException">Where the text is no YAML, holds none or several manifests, or something that Kubernetes objects cannot hold.</exception>
    public static ManifestDocument Parse(string text)
    {
        var documents = ParseAll(text);
        return documents.Count switch
        {
            1 => documents[0],
            0 => throw new ManifestYamlException("The text holds no manifest. It begins with apiVersion: and kind:.", 1, 1),
            _ => throw new ManifestYamlException(
                $"The text holds {documents.Count} manifests, separated by ---. Take one at a time: this one begins the second.", documents[1].Lines.LineOf(SpecPath.Root), 1),
        };
    }

    /// <summary>As <see cref="Parse"/>, for text that is still being typed.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ManifestDocument? document, [NotNullWhen(false)] out ManifestYamlException? error)
    {
        try
        {
            (document, error) = (Parse(text), null);
            return true;
        }
        catch (ManifestYamlException e)
        {
            (document, error) = (null, e);
            return false;
        }
    }

    /// <summary>Reads all manifests of a text; empty documents are left out.</summary>
    /// <exception cref="ManifestYamlException">As for <see cref="Parse"/>.</exception>
    public static IReadOnlyList<ManifestDocument> ParseAll(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ManifestYamlReader.Read(text);
    }

    /// <summary>Renders a manifest in the order in which people read one (apiVersion, kind, metadata, spec), with quotes only where they are needed.</summary>
    public static ManifestDocument Render(JsonObject manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return ManifestYamlWriter.Render(manifest);
    }

    /// <summary>As <see cref="Render"/>, the text alone.</summary>
    public static string ToText(JsonObject manifest) => Render(manifest).Text;
}
