using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>An endless stream of requests: shapes of the grammar, some spoilt, some in transactions.</summary>
internal sealed class CommandGenerator
{
    private readonly RandomArguments _random;
    private readonly Shape[] _shapes;
    private readonly int[] _byWeight;
    private readonly bool _transactions;

    /// <param name="random">Decides everything.</param>
    /// <param name="shapes">The grammar.</param>
    /// <param name="left">Names of commands to leave out.</param>
    public CommandGenerator(RandomArguments random, Shape[] shapes, ISet<string> left)
    {
        _random = random;
        _shapes = shapes;
        List<int> byWeight = [];
        for (int i = 0; i < shapes.Length; i++)
        {
            for (int times = left.Contains(shapes[i].Label) ? 0 : shapes[i].Weight; times > 0; times--)
            {
                byWeight.Add(i);
            }
        }

        _byWeight = [.. byWeight];
        _transactions = !left.Contains("MULTI");
    }

    /// <summary>Appends one request, or all of a transaction.</summary>
    public void Append(List<Request> requests)
    {
        if (!_random.Chance(80) || !_transactions)
        {
            requests.Add(Next(4));
            return;
        }

        requests.Add(Labelled("MULTI"));
        for (int i = _random.Below(10); i > 0; i--)
        {
            Request request = Next(_random.Chance(3) ? 6 : 1000);

            // What only one of them knows would end the transaction of the other.
            if (!request.Has("SETINFO") && !request.Has("NO-TOUCH"))
            {
                requests.Add(request);
            }
        }

        if (_random.Chance(10))
        {
            requests.Add(Labelled("MULTI"));
        }

        requests.Add(Labelled(_random.Chance(6) ? "DISCARD" : "EXEC"));
    }

    /// <summary>Appends a request that counts for this label, or nothing when none
    /// turned up; what no shape has (MULTI) comes with a transaction.</summary>
    /// <param name="requests">Where it goes.</param>
    /// <param name="label">A label of the coverage table.</param>
    /// <param name="success">Whether it should succeed, as far as that can be foreseen.</param>
    public void Append(List<Request> requests, string label, bool success)
    {
        const int Attempts = 200;
        Shape[] shapes = Array.FindAll(_shapes, shape => shape.CanBe(label));
        if (shapes.Length == 0)
        {
            requests.AddRange(success ? [Labelled("MULTI"), Labelled(label == "EXEC" ? "EXEC" : "DISCARD")]
                : [Labelled("MULTI"), Labelled("MULTI"), Labelled("DISCARD")]);
            return;
        }

        for (int i = 0; i < Attempts; i++)
        {
            Request request = Next(shapes[_random.Below(shapes.Length)], success ? int.MaxValue : 2);
            if (request.Labels.Contains(label))
            {
                requests.Add(request);
                return;
            }
        }
    }

    private static Request Labelled(string word)
    {
        Request request = Request.Of(word);
        request.Labels.Add(word);
        return request;
    }

    private Request Next(int oneSpoiltIn) => Next(_shapes[_byWeight[_random.Below(_byWeight.Length)]], oneSpoiltIn);

    private Request Next(Shape shape, int oneSpoiltIn)
    {
        Request request = shape.Generate(_random);
        if (_random.Chance(oneSpoiltIn))
        {
            Spoil(request);
            _ = request.Labels.RemoveAll(label => !IsPresent(request, label));
        }

        Defuse(request);
        return request;
    }

    private void Spoil(Request request)
    {
        List<byte[]> words = request.Words;
        switch (_random.Below(6))
        {
            case 0 when words.Count > 1:
                int kept = 1 + _random.Below(words.Count - 1);
                words.RemoveRange(kept, words.Count - kept);
                break;
            case 1 or 2:
                for (int i = 1 + _random.Below(3); i > 0; i--)
                {
                    words.Add(_random.Junk());
                }

                break;
            case 3 when words.Count > 1:
                words[1 + _random.Below(words.Count - 1)] = _random.Junk();
                break;
            case 4 when words.Count > 1:
                words.Insert(1 + _random.Below(words.Count), words[1 + _random.Below(words.Count - 1)]);
                break;
            default:
                words.Insert(_random.Below(words.Count) + 1, _random.Junk());
                break;
        }
    }

    private static bool IsPresent(Request request, string label)
    {
        foreach (string word in label.Split(' '))
        {
            if (!request.Has(word, 0))
            {
                return false;
            }
        }

        return true;
    }

    // What would stop both servers, or make them allocate without end, is turned into something that does not.
    private void Defuse(Request request)
    {
        Lengthen(request);
        string name = request.Name;
        if (name is "SETRANGE" or "SETBIT" or "BITFIELD")
        {
            for (int i = 2; i < request.Words.Count; i++)
            {
                Limit(request, i, 2500, name == "BITFIELD" ? 0 : uint.MaxValue);
            }
        }
        else if (name is "WAIT" or "DEBUG")
        {
            for (int i = 1; i < request.Words.Count; i++)
            {
                Limit(request, i, 3, long.MaxValue);
                if (name == "DEBUG" && double.TryParse(request.Word(i), CultureInfo.InvariantCulture, out double seconds) && seconds > 1)
                {
                    request.Words[i] = "0"u8.ToArray();
                }
            }

            if (name == "WAIT" && request.Word(1) != "0" && request.Word(2) == "0")
            {
                request.Words[2] = "1"u8.ToArray();
            }
        }
        else if (name == "CLIENT" && request.Has("NO-TOUCH") && request.Has("ON"))
        {
            // Redis 7.0 does not know it, so that the idle times would differ from now on.
            request.Words[2] = "OFF"u8.ToArray();
        }
        else if (name == "CLIENT" && request.Has("PAUSE"))
        {
            Limit(request, 2, 1, long.MaxValue);
        }
        else if (name == "CLIENT" && request.Has("KILL") && !request.Has("1.2.3.4:5") && request.Words.Count != 3)
        {
            request.Words.AddRange(Request.Of("ADDR", "1.2.3.4:5").Words);
        }
    }

    // A key that expires during the test would do so a moment earlier in one server than in the other. Keys are far from their end,
    // or end with the command itself; what is between is tested apart.
    private void Lengthen(Request request)
    {
        switch (request.Name)
        {
            case "SETEX" or "PSETEX" or "EXPIRE" or "PEXPIRE" or "RESTORE":
                Lengthen(request, 2, 999_999);
                break;
            case "SET" or "GETEX":
                for (int i = 2; i < request.Words.Count; i++)
                {
                    switch (request.Upper(i - 1))
                    {
                        case "EX" or "PX":
                            Lengthen(request, i, 999_999);
                            break;
                        case "EXAT":
                            Lengthen(request, i, 2_000_000_000);
                            break;
                        case "PXAT":
                            Lengthen(request, i, 2_000_000_000_000);
                            break;
                    }
                }

                break;
        }
    }

    private void Lengthen(Request request, int index, long most)
    {
        if (long.TryParse(request.Word(index), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number > 0
            && number <= most)
        {
            request.Words[index] =
                Encoding.Latin1.GetBytes(
                (Math.Max(1_000_000_000, 2 * most) + (1000L * _random.Below(10_000_000))).ToString(CultureInfo.InvariantCulture));
        }
    }

    // An offset from a little to "most" would need that much memory; above, it is an error that has to be compared.
    private void Limit(Request request, int index, long little, long most)
    {
        string word = request.Word(index);
        bool relative = word.StartsWith('#');
        if (long.TryParse(relative ? word.AsSpan(1) : word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number > little && (relative || most == 0 ? number < 1L << 40 : number <= most))
        {
            request.Words[index] =
                Encoding.Latin1.GetBytes(
                (relative ? "#" : string.Empty)
                + (number % (_random.Chance(50) ? little + 1 : Math.Min(little + 1, 300))).ToString(CultureInfo.InvariantCulture));
        }
    }
}
