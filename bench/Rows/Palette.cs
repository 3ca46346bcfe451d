using Sluice.Bench.Browser;
using Sluice.Bench.Rig;

namespace Sluice.Bench.Rows;

/// <summary>A key in the command palette to the paint of what it finds, over every pipeline.</summary>
internal static class Palette
{
    public static async Task RunAsync(Stage stage, Report report)
    {
        var portal = await stage.PortalAsync();
        var chromium = await stage.ChromiumAsync();
        await chromium.SignInAsync(portal.Process.Url);
        await using var window = await chromium.WindowAsync(portal.Process.Url, 1440, 900);
        var page = await window.NewPageAsync();
        await Opening.OfAsync(page, portal.Process.Url);
        var names = (await portal.AskAsync("pipelines?sort=name&limit=1000"))["items"]!.AsArray().Select(item => (string)item!["name"]!).ToList();
        await page.Keyboard.PressAsync("Control+k");
        await page.WaitForFunctionAsync("() => document.activeElement?.id === 'goto'");
        var times = new List<double>();
        for (var n = 0; times.Count < stage.Options.Repeats; n++)
        {
            var name = names[n * 37 % names.Count];
            await page.FillAsync("#goto", "");
            for (var length = 1; length <= Math.Min(5, name.Length) && times.Count < stage.Options.Repeats; length++)
            {
                var expected = new Expectation("keydown") { Palette = name[..length] };
                times.Add((await expected.MeasureAsync(page, () => page.Keyboard.PressAsync(name[(length - 1)..length]))).List);
            }
        }

        report.Add(new("palette", $"key in the command palette to what it finds, {stage.Options.Pipelines:#,0} pipelines, p95", Numbers.Percentile(times, 0.95), "ms")
        {
            Budget = 100, Note = $"{times.Count} times, p50 {Numbers.Short(Numbers.Median(times))}, slowest {Numbers.Short(times.Max())} ms",
        });
    }
}
