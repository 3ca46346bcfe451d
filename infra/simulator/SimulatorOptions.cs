using System.Globalization;
using Sluice.Simulator.Churn;
using Sluice.Simulator.Fleet.Large;

namespace Sluice.Simulator;

/// <summary>The command line.</summary>
internal sealed record SimulatorOptions
{
    public string? Kubeconfig { get; init; }
    public string? ReadyFile { get; init; }
    public string Fleet { get; init; } = "demo";
    public int Pipelines { get; init; } = 20_000;
    public int Clusters { get; init; } = 10;
    public double ChangeRate { get; init; } = 20;
    public IncidentMix Incidents { get; init; } = IncidentMix.Default;
    public long Seed { get; init; } = 1;
    public double Speed { get; init; } = 1;
    public int ControlPort { get; init; }
    public bool Tls { get; init; } = true;

    public const string Usage = """
        Usage: Sluice.Simulator --kubeconfig PATH [--fleet demo|empty|scale|FILE] [--seed N] [--speed X] [--control-port N] [--ready-file PATH]

          --kubeconfig PATH    where to write a kubeconfig with a context per simulated cluster
          --fleet NAME         demo (two clusters, about 40 pipelines), empty (two clusters, nothing in them), scale (a large company), or a JSON file
          --pipelines N        how many pipelines the fleet "scale" has (default 20000)
          --clusters N         on how many clusters they are (default 10, at most 16)
          --change-rate N      how many of them change in a second, over all clusters (default 20)
          --incidents MIX      which share of them is wrong: 1.5% (the default), none, or by kind, as image-pull:0.2%,restart-loop:0.1%
          --seed N             the same seed makes the same fleet (default 1)
          --speed X            how much faster than the clock the simulated world runs (default 1)
          --control-port N     the loopback port of the control endpoint (default: any free one)
          --tls on|off         off: plain HTTP, which kubectl sends no token over (default on, with a certificate made at the start)
          --ready-file PATH    written when everything answers, with the same JSON line as on standard output
        """;

    public static SimulatorOptions Parse(IReadOnlyList<string> args)
    {
        var options = new SimulatorOptions();
        for (var i = 0; i < args.Count; i += 2)
        {
            if (i + 1 == args.Count) throw new FormatException($"{args[i]} needs a value.");
            var value = args[i + 1];
            options = args[i] switch
            {
                "--kubeconfig" => options with { Kubeconfig = value },
                "--ready-file" => options with { ReadyFile = value },
                "--fleet" => options with { Fleet = value },
                "--pipelines" => options with { Pipelines = Count(args[i], value, 1_000_000) },
                "--clusters" => options with { Clusters = Count(args[i], value, LargeFleet.MostClusters) },
                "--change-rate" => options with { ChangeRate = double.Parse(value, CultureInfo.InvariantCulture) },
                "--incidents" => options with { Incidents = IncidentMix.Parse(value) },
                "--seed" => options with { Seed = long.Parse(value, CultureInfo.InvariantCulture) },
                "--speed" => options with { Speed = double.Parse(value, CultureInfo.InvariantCulture) },
                "--control-port" => options with { ControlPort = int.Parse(value, CultureInfo.InvariantCulture) },
                "--tls" => options with { Tls = value == "on" || (value == "off" ? false : throw new FormatException("--tls is on or off.")) },
                _ => throw new FormatException($"{args[i]} is not an option of the simulator."),
            };
        }
        return options;
    }

    private static int Count(string option, string value, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= most ? count : throw new FormatException($"{option} is a number from 1 to {most}, not {value}.");
}
