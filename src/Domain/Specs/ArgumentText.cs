using System.Text;

namespace Sluice.Domain.Specs;

/// <summary>A list of arguments as one line, as in a shell: quotes round what has spaces. Splitting what was joined gives the same list.</summary>
public static class ArgumentText
{
    /// <summary>One line for a text box.</summary>
    public static string Join(IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return string.Join(' ', arguments.Select(Quote));
    }

    /// <summary>The arguments of a line; a quote that is not closed reaches to the end.</summary>
    public static IReadOnlyList<string> Split(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var arguments = new List<string>();
        var current = new StringBuilder();
        var (quote, started) = ('\0', false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote == '\'')
            {
                if (c == '\'') quote = '\0';
                else current.Append(c);
            }
            else if (c == '\\' && i + 1 < line.Length && (quote == '"' ? line[i + 1] is '"' or '\\' : true)) (_, started) = (current.Append(line[++i]), true);
            else if (quote == '"')
            {
                if (c == '"') quote = '\0';
                else current.Append(c);
            }
            else if (c is '"' or '\'') (quote, started) = (c, true);
            else if (char.IsWhiteSpace(c))
            {
                if (started) arguments.Add(current.ToString());
                (_, started) = (current.Clear(), false);
            }
            else (_, started) = (current.Append(c), true);
        }
        if (started) arguments.Add(current.ToString());
        return arguments;
    }

    private static string Quote(string argument)
    {
        if (argument.Length > 0 && !argument.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '\\')) return argument;
        return argument.Contains('\'', StringComparison.Ordinal)
            ? "\"" + argument.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
            : "'" + argument + "'";
    }
}
