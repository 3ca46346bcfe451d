using Microsoft.Playwright;

namespace Sluice.Bench.Browser;

/// <summary>How long a page took to come.</summary>
/// <param name="Rows">Navigation to the first rows on screen, in milliseconds.</param>
/// <param name="Interactive">Navigation to a page that answers.</param>
internal sealed record Opening(double Rows, double Interactive)
{
    /// <summary>Opens a page and reads what it measured.</summary>
    public static async Task<Opening> OfAsync(IPage page, Uri address)
    {
        await page.GotoAsync(address.ToString(), new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await page.WaitForFunctionAsync("() => bench.rows > 0 && (bench.interactive > 0 || !document.querySelector('link[href*=Sluice]'))");
        return new(await page.EvaluateAsync<double>("() => bench.rows"), await page.EvaluateAsync<double>("() => bench.interactive"));
    }
}
