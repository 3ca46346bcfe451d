namespace Sluice.Bench.VirtualizePage;

/// <summary>One line of the table, changed in place.</summary>
public sealed class Item
{
    public required string Cluster { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public string? Team { get; set; }

    public string? State { get; set; }

    public string? Error { get; set; }

    public string? Image { get; set; }

    public string? FlinkVersion { get; set; }

    public int? Parallelism { get; set; }
}

/// <summary>All objects, in the order of their names.</summary>
public sealed class Objects
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Cluster, string Namespace, string Name), Item> _items = [];
    private IReadOnlyList<Item>? _all;

    public event Action? Changed;

    public int Count
    {
        get
        {
            lock (_gate) return _items.Count;
        }
    }

    public IReadOnlyList<Item> All
    {
        get
        {
            lock (_gate) return _all ??= [.. _items.Values.OrderBy(i => i.Name, StringComparer.Ordinal).ThenBy(i => i.Cluster, StringComparer.Ordinal)];
        }
    }

    public void Put(Item item)
    {
        lock (_gate)
        {
            if (_items.TryGetValue((item.Cluster, item.Namespace, item.Name), out var old))
            {
                (old.Team, old.State, old.Error) = (item.Team, item.State, item.Error);
                (old.Image, old.FlinkVersion, old.Parallelism) = (item.Image, item.FlinkVersion, item.Parallelism);
            }
            else
            {
                _items[(item.Cluster, item.Namespace, item.Name)] = item;
                _all = null;
            }
        }

        Changed?.Invoke();
    }
}
