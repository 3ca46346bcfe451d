using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Sluice.Domain.Kubernetes;

/// <summary>Reads one kubeconfig file (YAML or JSON) within limits, and looks things up in it.</summary>
internal static class KubeconfigYaml
{
    private const int MaxBytes = 1024 * 1024;
    private const int MaxDepth = 32;
    private const string TooLarge = "it is larger than 1 MiB";

    public static YamlMappingNode Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxBytes) throw Bad(file, TooLarge);
            return Parse(File.ReadAllText(file), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubernetesException(KubernetesError.Configuration, $"The kubeconfig {file} cannot be read: {e.Message}", inner: e);
        }
    }

    /// <summary>Reads a text; messages name it by its file, or by nothing where it was handed over.</summary>
    public static YamlMappingNode Parse(string text, string? file)
    {
        if (text.Length > MaxBytes) throw Bad(file, TooLarge);
        try
        {
            CheckLimits(file, text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0) return new YamlMappingNode();
            return stream.Documents[0].RootNode as YamlMappingNode ?? throw Bad(file, "it is not a kubeconfig");
        }
        catch (Exception e) when (e is YamlException or ArgumentException)
        {
            // Without the message: it may quote the line, and the line may hold a token.
            throw Bad(file, e is YamlException yaml ? $"it is not valid YAML near line {yaml.Start.Line}" : "it is not valid YAML");
        }
    }

    public static YamlMappingNode? Map(YamlMappingNode? node, string key) => Child(node, key) as YamlMappingNode;

    public static YamlSequenceNode? List(YamlMappingNode? node, string key) => Child(node, key) as YamlSequenceNode;

    public static string? Text(YamlMappingNode? node, string key) =>
        Child(node, key) is YamlScalarNode { Value: { Length: > 0 } value } scalar && !(scalar.Style == ScalarStyle.Plain && value is "null" or "~") ? value : null;

    public static bool Flag(YamlMappingNode? node, string key) => string.Equals(Text(node, key), "true", StringComparison.OrdinalIgnoreCase);

    public static byte[]? Data(YamlMappingNode? node, string key, string what)
    {
        if (Text(node, key) is not { } text) return null;
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new KubernetesException(KubernetesError.Configuration, $"{key} of {what} is not valid base64: the kubeconfig was cut or edited by hand. Fetch it again.");
        }
    }

    private static YamlNode? Child(YamlMappingNode? node, string key) =>
        node is not null && node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    // Before a tree is built: aliases can expand a small file into gigabytes, and depth is stack.
    private static void CheckLimits(string? file, string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            if (parser.Current is AnchorAlias) throw Bad(file, "it uses YAML aliases, which Sluice does not read");
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth) throw Bad(file, "it is nested too deeply");
        }
    }

    private static KubernetesException Bad(string? file, string why) => new(KubernetesError.Configuration, $"The kubeconfig{(file is null ? "" : " " + file)} cannot be used: {why}.");
}
