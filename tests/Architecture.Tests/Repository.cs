using System.Xml.Linq;
using Sluice.Testing;

namespace Sluice.Architecture.Tests;

/// <summary>The sources as the rules see them.</summary>
internal static class Repository
{
    /// <summary>C# and Razor files below a folder, without what the build makes.</summary>
    public static IEnumerable<SourceFile> Sources(string folder, params string[] extensions) =>
        Directory.EnumerateFiles(Path.Combine(SharedFolder.Repository, folder), "*", SearchOption.AllDirectories)
            .Where(f => (extensions.Length == 0 ? [".cs", ".razor"] : extensions).Contains(Path.GetExtension(f)))
            .Select(f => new SourceFile(Path.GetRelativePath(SharedFolder.Repository, f).Replace('\\', '/'), f))
            .Where(f => !f.Path.Contains("/obj/", StringComparison.Ordinal) && !f.Path.Contains("/bin/", StringComparison.Ordinal));

    public static IEnumerable<(string Path, XDocument Xml)> Projects() =>
        Directory.EnumerateFiles(SharedFolder.Repository, "*.csproj", SearchOption.AllDirectories)
            .Where(f => !f.Contains("node_modules", StringComparison.Ordinal))
            .Select(f => (Path.GetRelativePath(SharedFolder.Repository, f).Replace('\\', '/'), XDocument.Load(f)));

    public static IReadOnlyList<string> ProjectReferences(string project) =>
        [.. XDocument.Load(Path.Combine(SharedFolder.Repository, project)).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/'))).Order(StringComparer.Ordinal)];

    /// <summary>Lines that match, as <c>path:line: text</c>. Comments and the contents of strings do not count.</summary>
    public static List<string> Find(IEnumerable<SourceFile> files, System.Text.RegularExpressions.Regex pattern) =>
        [.. files.SelectMany(f => f.Code().Select((line, i) => (line, i)).Where(l => pattern.IsMatch(l.line)).Select(l => $"{f.Path}:{l.i + 1}: {l.line.Trim()}"))];
}

internal sealed partial record SourceFile(string Path, string FullPath)
{
    public IEnumerable<string> Code() => File.ReadLines(FullPath).Select(line => Literal().Replace(Comment().Replace(line, ""), "\"\""));

    [System.Text.RegularExpressions.GeneratedRegex("(^|\\s)(//|\\*|<!--|@\\*).*$")]
    private static partial System.Text.RegularExpressions.Regex Comment();

    [System.Text.RegularExpressions.GeneratedRegex("\"(\\\\.|[^\"\\\\])*\"")]
    private static partial System.Text.RegularExpressions.Regex Literal();
}
