"""Container components that need sh and nothing else: a list, a loop over it, a condition and an artifact."""
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.container_component
def split(text: str, words: dsl.OutputPath(list), count: dsl.OutputPath(int), file: Output[Dataset]):
    return dsl.ContainerSpec(
        image='alpine:3.23',
        command=['sh', '-c', '''set -f
mkdir -p "$(dirname "$1")" "$(dirname "$2")" "$(dirname "$3")"
list= count=0
for word in $0; do
    list="$list${list:+, }\\"$word\\"" count=$((count + 1))
done
echo "[$list]" >"$1"
echo "$count" >"$2"
echo "$0" >"$3"
'''],
        args=[text, words, count, file.path])


@dsl.container_component
def shout(word: str):
    return dsl.ContainerSpec(image='alpine:3.23', command=['sh', '-c', 'echo "$0!" | tr a-z A-Z'], args=[word])


@dsl.container_component
def complain(count: int):
    return dsl.ContainerSpec(image='alpine:3.23', command=['sh', '-c', 'echo "$0 words are too many"; exit 1'], args=[count])


@dsl.container_component
def measure(file: Input[Dataset], size: dsl.OutputPath(int)):
    return dsl.ContainerSpec(
        image='alpine:3.23',
        command=['sh', '-c', 'mkdir -p "$(dirname "$1")" && wc -c <"$0" | tee "$1"'],
        args=[file.path, size])


@dsl.pipeline(name='shell')
def shell(text: str = 'it runs right here') -> int:
    words = split(text=text)
    with dsl.ParallelFor(words.outputs['words'], name='each-word') as word:
        shout(word=word)
    with dsl.If(words.outputs['count'] > 9, name='too-long'):
        complain(count=words.outputs['count'])
    return measure(file=words.outputs['file']).outputs['size']


pipeline = shell
