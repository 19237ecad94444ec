using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>One line of <see cref="Grammar"/>, ready to produce requests.</summary>
internal sealed class Shape
{
    private readonly List<List<Part>> _alternatives;

    private Shape(string text)
    {
        string[] tokens = text.Replace("[", " [ ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int position = 0;
        Weight = 4;
        if (int.TryParse(tokens[0], NumberStyles.None, CultureInfo.InvariantCulture, out int weight))
        {
            Weight = weight;
            position++;
        }

        int name = position;
        while (name < tokens.Length && IsWord(tokens[name]))
        {
            name++;
        }

        Label = string.Join(' ', tokens[position..name]);
        _alternatives = ReadAlternatives(tokens, ref position);
    }

    /// <summary>How often, relative to the others.</summary>
    public int Weight { get; }

    /// <summary>The command's name in the coverage table; empty for what is no command.</summary>
    public string Label { get; }

    private enum PartKind
    {
        Literal,
        Argument,
        Optional,
        Choice,
        Repeated,
    }

    /// <summary>Whether its requests can have that label.</summary>
    public bool CanBe(string label)
    {
        HashSet<string> labels = [];
        CollectLabels(labels);
        return labels.Contains(label);
    }

    /// <summary>All shapes, and the labels that they can produce.</summary>
    public static Shape[] ParseAll(ISet<string> labels)
    {
        Shape[] shapes = Array.ConvertAll(Grammar.Shapes, line => new Shape(line));
        foreach (Shape shape in shapes)
        {
            shape.CollectLabels(labels);
        }

        return shapes;
    }

    /// <summary>Makes a request without mistakes, as far as random arguments can be without.</summary>
    public Request Generate(RandomArguments random)
    {
        Request request = new();
        if (Label.Length > 0)
        {
            request.Labels.Add(Label);
        }

        Write(_alternatives, request, random);
        return request;
    }

    private static bool IsWord(string token) => char.IsAsciiLetterUpper(token[0]);

    private static List<List<Part>> ReadAlternatives(string[] tokens, ref int position)
    {
        List<List<Part>> alternatives = [[]];
        while (position < tokens.Length && tokens[position] is not ("]" or ")" or "}"))
        {
            string token = tokens[position++];
            if (token == "|")
            {
                alternatives.Add([]);
                continue;
            }

            PartKind kind = token switch
            {
                "[" => PartKind.Optional,
                "(" => PartKind.Choice,
                "{" => PartKind.Repeated,
                _ =>
                PartKind.Argument
            };
            if (kind == PartKind.Argument)
            {
                kind = RandomArguments.IsKind(token) ? PartKind.Argument : PartKind.Literal;
                alternatives[^1].Add(new Part(kind, token, []));
            }
            else
            {
                alternatives[^1].Add(new Part(kind, string.Empty, ReadAlternatives(tokens, ref position)));
                position++;
            }
        }

        return alternatives;
    }

    private void Write(List<List<Part>> alternatives, Request request, RandomArguments random)
    {
        List<Part> parts = alternatives[random.Below(alternatives.Count)];
        int first = random.Chance(4) ? FirstOption(parts) : parts.Count;
        for (int i = 0; i < parts.Count; i++)
        {
            // Options in another order are as good.
            Part part = i >= first ? parts[first + ((i - first + 1) % (parts.Count - first))] : parts[i];
            switch (part.Kind)
            {
                case PartKind.Literal:
                    request.Words.Add(Encoding.Latin1.GetBytes(random.Chance(3) ? part.Text.ToLowerInvariant() : part.Text));
                    if (IsOption(part))
                    {
                        request.Labels.Add(Label + " " + part.Text);
                    }

                    break;
                case PartKind.Argument:
                    request.Words.Add(random.Make(part.Text));
                    break;
                case PartKind.Optional when random.Chance(2):
                case PartKind.Choice:
                    Write(part.Inner, request, random);
                    break;
                case PartKind.Repeated:
                    for (int times = 1 + random.Below(4); times > 0; times--)
                    {
                        Write(part.Inner, request, random);
                    }

                    break;
            }
        }
    }

    private static int FirstOption(List<Part> parts)
    {
        int first = parts.Count;
        while (first > 0 && parts[first - 1].Kind == PartKind.Optional)
        {
            first--;
        }

        return first;
    }

    private bool IsOption(Part part) => Label.Length > 0 && IsWord(part.Text)
        && !(" " + Label + " ").Contains(" " + part.Text + " ", StringComparison.Ordinal);

    private void CollectLabels(ISet<string> labels)
    {
        if (Label.Length > 0)
        {
            labels.Add(Label);
            CollectLabels(_alternatives, labels);
        }
    }

    private void CollectLabels(List<List<Part>> alternatives, ISet<string> labels)
    {
        foreach (List<Part> parts in alternatives)
        {
            foreach (Part part in parts)
            {
                if (part.Kind == PartKind.Literal && IsOption(part))
                {
                    labels.Add(Label + " " + part.Text);
                }

                CollectLabels(part.Inner, labels);
            }
        }
    }

    private sealed record Part(PartKind Kind, string Text, List<List<Part>> Inner);
}
