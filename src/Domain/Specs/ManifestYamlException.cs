namespace Sluice.Domain.Specs;

/// <summary>YAML text that cannot be read as a manifest. The message is for the person who wrote it.</summary>
public sealed class ManifestYamlException(string problem, int line, int column, Exception? inner = null) : Exception($"Line {line}: {problem}", inner)
{
    /// <summary>What is wrong and what to do, without the position.</summary>
    public string Problem { get; } = problem;

    /// <summary>The line, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>The column, from 1.</summary>
    public int Column { get; } = column;
}
