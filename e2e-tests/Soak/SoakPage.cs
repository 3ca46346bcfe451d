using System.Text.Json;
using Microsoft.Playwright;

namespace Sluice.E2E.Tests.Soak;

/// <summary>One page of the fleet that somebody has open: it counts what happens to its connection, and can be read.</summary>
internal sealed class SoakPage(IPage page, string path)
{
    /// <summary>Runs before the page's own scripts, also after it was loaded again, and keeps a diary of the connection in the session's storage.</summary>
    public const string Diary = """
        (() => {
          const key = 'soak:diary';
          const write = (what) => { const all = JSON.parse(sessionStorage.getItem(key) ?? '[]'); all.push({ at: Date.now(), what }); sessionStorage.setItem(key, JSON.stringify(all.slice(-200))); };
          let last = '';
          const look = () => { const now = `${document.documentElement.dataset.connection ?? ''}:${document.documentElement.dataset.why ?? ''}`; if (now !== last) { last = now; write(now); } };
          write('load');
          document.addEventListener('DOMContentLoaded', () => { look(); new MutationObserver(look).observe(document.documentElement, { attributes: true, attributeFilter: ['data-connection', 'data-why'] }); });
        })();
        """;

    private const string Reading = """
        () => {
          const text = (element) => (element?.innerText ?? '').replace(/[\s\u00a0]+/g, ' ').trim();
          const number = (element) => Number(text(element).replace(/[^0-9]/g, ''));
          const table = document.querySelector('table.fleet');
          const heads = [...document.querySelectorAll('table.fleet thead th')].map((th) => th.dataset.col ?? '');
          return {
            connection: document.documentElement.dataset.connection ?? '',
            total: number(document.querySelector('h1 .total')),
            counts: Object.fromEntries([...document.querySelectorAll('.counts a')].map((a) => [text(a).replace(/[0-9, ]/g, ''), number(a.querySelector('b'))])),
            first: Number(table?.dataset.first ?? 0), matching: Number(table?.dataset.total ?? 0),
            moved: !!document.querySelector('[data-take-order]'),
            failed: !!document.querySelector('#main .error-panel, #main [data-error]'),
            rows: [...document.querySelectorAll('tr[data-row]')].map((row) => ({
              href: row.querySelector('td.name a')?.getAttribute('href') ?? '', gone: row.classList.contains('is-gone'), stale: row.classList.contains('is-stale'),
              cells: Object.fromEntries([...row.cells].map((cell, i) => [heads[i] || `cell${i}`, text(cell)])),
            })),
          };
        }
        """;

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>The address it shows.</summary>
    public string Path { get; } = path;

    /// <summary>The page itself.</summary>
    public IPage Browser { get; } = page;

    /// <summary>What the page shows now.</summary>
    public async Task<PageReading> ReadAsync() => JsonSerializer.Deserialize<PageReading>(await Browser.EvaluateAsync<JsonElement>(Reading), Web)!;

    /// <summary>What happened to its connection.</summary>
    public async Task<IReadOnlyList<DiaryLine>> DiaryAsync() =>
        JsonSerializer.Deserialize<DiaryLine[]>(await Browser.EvaluateAsync<string>("() => sessionStorage.getItem('soak:diary') ?? '[]'"), Web)!;

    /// <summary>Opens it and waits until it is live and has rows.</summary>
    public async Task OpenAsync(Uri portal)
    {
        await Browser.GotoAsync(new Uri(portal, Path).ToString());
        await Browser.WaitForFunctionAsync("() => document.documentElement.dataset.interactive === '1' && document.querySelector('tr[data-row], #main .empty')", null, new PageWaitForFunctionOptions { Timeout = 120_000, PollingInterval = 250 });
    }

    /// <summary>Takes the new order, where the page offers one.</summary>
    public Task TakeOrderAsync() => Browser.EvaluateAsync("() => document.querySelector('[data-take-order]')?.click()");
}

/// <param name="At">Milliseconds since 1970.</param>
/// <param name="What"><c>load</c>, or connection and reason with a colon between them.</param>
internal sealed record DiaryLine(long At, string What);

/// <summary>What a page shows.</summary>
internal sealed record PageReading(string Connection, int Total, IReadOnlyDictionary<string, int> Counts, int First, int Matching, bool Moved, bool Failed, IReadOnlyList<PageRow> Rows);

/// <summary>A row as it stands on a page.</summary>
internal sealed record PageRow(string Href, bool Gone, bool Stale, IReadOnlyDictionary<string, string> Cells);
