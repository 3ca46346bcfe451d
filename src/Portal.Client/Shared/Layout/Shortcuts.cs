namespace Sluice.Portal.Client.Shared.Layout;

/// <summary>One line of the help sheet.</summary>
/// <param name="Keys">The keys, as they are pressed; with a space between those pressed one after the other or together.</param>
/// <param name="Does">What they do.</param>
public sealed record Shortcut(string Keys, string Does);

/// <summary>Every shortcut there is. A test compares them with the keys that the scripts listen to.</summary>
public static class Shortcuts
{
    public static readonly IReadOnlyList<(string Where, IReadOnlyList<Shortcut> Keys)> All =
    [
        ("Everywhere",
        [
            new("Ctrl K", "go to a pipeline, page, view or action"),
            new("g p", "pipelines"), new("g o", "operations"), new("g c", "clusters"), new("g s", "settings"),
            new("t", "theme: system, light, dark"),
            new("?", "this sheet"),
            new("Esc", "close what is open"),
        ]),
        ("In a table",
        [
            new("/", "search"),
            new("j", "next row"), new("k", "previous row"),
            new("Enter", "open the row"),
            new("x", "select the row"), new("X", "select from the last selected row to this one"),
            new("← →", "fold and unfold a group"),
            new("r", "take the new order"),
        ]),
        ("In the palette",
        [
            new("↑ ↓", "choose"), new("Ctrl Enter", "open in a new tab"),
        ]),
        ("In the YAML editor",
        [
            new("Tab", "two spaces"), new("Esc Tab", "leave the editor"),
        ]),
    ];
}
