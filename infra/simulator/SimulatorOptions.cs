using System.Globalization;

namespace Sluice.Simulator;

/// <summary>The command line.</summary>
internal sealed record SimulatorOptions
{
    public string? Kubeconfig { get; init; }
    public string? ReadyFile { get; init; }
    public string Fleet { get; init; } = "demo";
    public long Seed { get; init; } = 1;
    public double Speed { get; init; } = 1;
    public int ControlPort { get; init; }
    public bool Tls { get; init; } = true;

    public const string Usage = """
        Usage: Sluice.Simulator --kubeconfig PATH [--fleet demo|empty|FILE] [--seed N] [--speed X] [--control-port N] [--ready-file PATH]

          --kubeconfig PATH    where to write a kubeconfig with a context per simulated cluster
          --fleet NAME         demo (two clusters, about 40 pipelines), empty (two clusters, nothing in them), or a JSON file
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
                "--seed" => options with { Seed = long.Parse(value, CultureInfo.InvariantCulture) },
                "--speed" => options with { Speed = double.Parse(value, CultureInfo.InvariantCulture) },
                "--control-port" => options with { ControlPort = int.Parse(value, CultureInfo.InvariantCulture) },
                "--tls" => options with { Tls = value == "on" || (value == "off" ? false : throw new FormatException("--tls is on or off.")) },
                _ => throw new FormatException($"{args[i]} is not an option of the simulator."),
            };
        }
        return options;
    }
}
