using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Specs;

public sealed class ManifestYamlPropertyTests
{
    private static readonly string[] Nasty =
    [
        "", " ", "yes", "No", "on", "null", "~", "true", "1", "1.0", "0644", "0x1f", "1e3", ".5", "-", "--", "--rate", "- a", "? a", "?", ":", ":a", "a:", "a: b", "a #b", "#a", "a#b", "a *b", "a &b", "&x", "*x", "!x", "%x", "@x", "`x",
        "{a}", "[a]", "a,b", "a]b", "'", "\"", "\\", "it's \"so\" \\", "---", "--- a", "...", "=", "<<", "a\nb", "a\n", "a\n\n", "\na", " a\nb", "a\n b\n  c\n", "a\n\nb", "a\n \nb", "a\tb", "\ta", "a\r\nb", "a ", "\u0007", "\u0085", "\u2028",
        "\uFEFF", "ümläut", "日本", "🙂", "2026-11-21", "12:30", "1_000", "0b1", ".inf", ".nan", "key=value;x", "a\n#b\n", "|", ">", "|-", "%d %m\n%p\n", "http://a/b?c=d&e", "{{name}}.{{namespace}}", "4 gig", "a\n---\nb\n",
    ];

    [Fact]
    public void RenderThenParse_AnyManifest_GivesTheSameManifest()
    {
        var text = Gen.OneOf(Gen.Elements(Nasty), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => Valid(s.Get)));
        var manifest = Gen.Sized(size => Map(text, Math.Min(size, 20)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(manifest.ToArbitrary(), RoundTrips));
    }

    [Fact]
    public void RenderThenParse_EveryNastyText_AsKeyAndValueAndElement()
    {
        foreach (var text in Nasty)
            RoundTrips(new JsonObject { [text] = text, ["list"] = new JsonArray(text, new JsonArray(text), new JsonObject { [text] = text }), ["deep"] = new JsonObject { ["er"] = new JsonObject { ["v"] = text } } }).ShouldBeTrue(text);
    }

    [Fact]
    public void FlowScalar_EveryNastyText_IsReadBack()
    {
        foreach (var text in Nasty)
            JsonNode.DeepEquals(ManifestYaml.Parse("v: " + YamlText.Scalar(new JsonArray(text, new JsonObject { [text] = text }), true)).Root["v"], new JsonArray(text, new JsonObject { [text] = text })).ShouldBeTrue(text);
    }

    private static bool RoundTrips(JsonObject manifest)
    {
        var text = ManifestYaml.ToText(manifest);
        var back = ManifestYaml.Parse(text).Root;
        return JsonNode.DeepEquals(back, manifest) ? true : throw new InvalidOperationException($"Lost in:\n{text}\nwas {manifest.ToJsonString()}\nis  {back.ToJsonString()}");
    }

    private static Gen<JsonObject> Map(Gen<string> text, int size) =>
        Gen.Choose(0, 4).SelectMany(n => Gen.ListOf(text.SelectMany(k => Node(text, size / 2).Select(v => (Key: k, Value: v))), n))
            .Select(entries => new JsonObject(entries.DistinctBy(e => e.Key).Select(e => KeyValuePair.Create(e.Key, e.Value?.DeepClone()))));

    private static Gen<JsonNode?> Node(Gen<string> text, int size)
    {
        var leaf = Gen.OneOf(
            text.Select(s => (JsonNode?)JsonValue.Create(s)),
            ArbMap.Default.GeneratorFor<long>().Select(n => (JsonNode?)JsonValue.Create(n)),
            ArbMap.Default.GeneratorFor<NormalFloat>().Select(n => (JsonNode?)JsonValue.Create(n.Get)),
            Gen.Elements<JsonNode?>(true, false).Select(b => b?.DeepClone()),
            Gen.Constant<JsonNode?>(null));
        if (size <= 0) return leaf;
        var list = Gen.Choose(0, 3).SelectMany(n => Gen.ListOf(Node(text, size / 2), n)).Select(items => (JsonNode?)new JsonArray([.. items.Select(i => i?.DeepClone())]));
        return Gen.OneOf(leaf, leaf, list, Map(text, size / 2).Select(m => (JsonNode?)m));
    }

    // Half characters and NUL cannot be in a Kubernetes object: its text is UTF-8, and the API server refuses NUL in YAML.
    private static string Valid(string text) => new([.. text.Where(c => c != '\0' && !char.IsSurrogate(c))]);
}
