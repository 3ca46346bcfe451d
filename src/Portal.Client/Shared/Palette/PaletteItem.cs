using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Shared.Palette;

/// <summary>One line of the palette. It leads to an address, asks for an operation, or does something in the browser.</summary>
/// <param name="Text">What it is called.</param>
/// <param name="Icon">The icon's name.</param>
public sealed record PaletteItem(string Text, string Icon)
{
    /// <summary>Where it leads.</summary>
    public string? Href { get; init; }

    /// <summary>What the browser does: <c>theme</c>, <c>help</c>, <c>copy-link</c> or <c>sign-out</c>.</summary>
    public string? Does { get; init; }

    /// <summary>The operation that it asks for, with the pipeline.</summary>
    public (OperationKind Kind, PipelineKey Pipeline)? Asks { get; init; }

    /// <summary>How the pipeline is.</summary>
    public StateLook? Look { get; init; }

    /// <summary>Where it is, or whose.</summary>
    public string? Note { get; init; }

    /// <summary>The key that does the same.</summary>
    public string? Shortcut { get; init; }

    /// <summary>The parts of the text that the typed letters name.</summary>
    public IReadOnlyList<Range> Marks { get; init; } = [];
}

/// <summary>Lines of one kind, under a heading.</summary>
public sealed record PaletteSection(string Title, IReadOnlyList<PaletteItem> Items);
