#!/usr/bin/python3
"""Writes test/fixtures/families: for each family of CLIP a small random model in exactly the layout of its public exports, with
what PyTorch says its pictures and texts are. Run once, by hand; the tests need what it wrote, not Python.

    apt-get install python3-torch python3-onnx python3-numpy python3-pil
    /usr/bin/python3 test/gpu-worker/families/make-models.py

Nothing here is imported from the service: preprocessing is Pillow's, tokenizers and towers are written out below.
"""

import json
import os
import re
import shutil
import string

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn

root = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures")
out = os.path.join(root, "families")
pictures = ["wide.png", "odd.png", "gray.png"]
texts = ["a fox", "A red fox!", "the box of the fox", "x"]
chinese = ["一只狐狸", "红 fox", "a fox"]
width, dimension, size, patch = 24, 12, 32, 8
clip_mean, clip_std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


# --- towers ---------------------------------------------------------------------------------------------------------


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, bias=None):
        q, k, v = self.qkv(self.first(x)).chunk(3, dim=-1)
        scores = q @ k.transpose(1, 2) / width**0.5
        if bias is not None:
            scores = scores + bias
        x = x + self.out(scores.softmax(dim=-1) @ v)
        return x + self.down(torch.nn.functional.gelu(self.up(self.second(x))))


class Vision(nn.Module):
    """`head`: class token and projection (CLIP), or attention pooling to the width itself (SigLIP)."""

    def __init__(self, head="projection"):
        super().__init__()
        self.head = head
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.cls = nn.Parameter(torch.randn(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, width))
        self.block, self.norm = Block(), nn.LayerNorm(width)
        self.project = nn.Linear(width, dimension, bias=False)
        self.probe = nn.Parameter(torch.randn(width))

    def forward(self, pixel_values):
        x = self.patches(pixel_values).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls + 0 * x[:, :1], x], dim=1) + self.positions
        x = self.norm(self.block(x))
        if self.head == "projection":
            return self.project(x[:, 0])
        weights = (x @ self.probe).softmax(dim=-1)
        return x, (weights.unsqueeze(-1) * x).sum(dim=1)


class Text(nn.Module):
    """`pool`: `end` (causal, read at the largest id, or the first `end` token), `last` (SigLIP), `first` (BERT), `mean`, `none`."""

    def __init__(self, vocabulary, context, pool, pad=None, asks_mask=False):
        super().__init__()
        self.pool, self.pad, self.asks_mask = pool, pad, asks_mask
        self.embed, self.positions = nn.Embedding(vocabulary, width), nn.Parameter(torch.randn(1, context, width))
        self.block, self.norm = Block(), nn.LayerNorm(width)
        out_width = width if pool == "none" else dimension
        self.project = nn.Linear(width, out_width, bias=False)

    def forward(self, input_ids, attention_mask=None):
        ids = input_ids.long()
        length = ids.shape[1]
        bias = None
        if self.pool == "end":
            places = torch.arange(length)
            bias = (places.unsqueeze(0) > places.unsqueeze(1)).float() * -1e4
        mask = None
        if attention_mask is not None:
            mask = attention_mask.float()
        elif self.pad is not None:
            mask = (ids != self.pad).float()
        if mask is not None:
            masked = (1 - mask).unsqueeze(1) * -1e4
            bias = masked if bias is None else bias + masked
        x = self.norm(self.block(self.embed(ids) + self.positions[:, :length], bias))
        if self.pool == "end":
            return self.project(x[torch.arange(x.shape[0]), ids.argmax(dim=-1)])
        if self.pool == "last":
            return x, self.project(x[:, -1])
        if self.pool == "first":
            return self.project(x[:, 0])
        x = self.project(x)
        if self.pool == "none":
            return x
        return (x * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)


# --- tokenizers: small vocabularies, and ids worked out by hand ----------------------------------------------------------


def byte_level():
    """CLIP's: bytes as letters, words end in </w>, two merges, start and end tokens last."""
    letters = list(string.ascii_lowercase + string.digits + string.punctuation)
    merges = [["f", "o"], ["fo", "x</w>"], ["t", "h"], ["th", "e</w>"], ["r", "e"]]
    vocabulary = letters + [letter + "</w>" for letter in letters] + ["".join(merge) for merge in merges]
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    ids = {piece: index for index, piece in enumerate(vocabulary)}
    special = [{"id": ids[name], "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for name in ("<|startoftext|>", "<|endoftext|>")]
    file = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "},
                                                           {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}]},
        "post_processor": {"type": "RobertaProcessing", "sep": ["<|endoftext|>", ids["<|endoftext|>"]],
                           "cls": ["<|startoftext|>", ids["<|startoftext|>"]], "trim_offsets": False, "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "",
                  "end_of_word_suffix": "</w>", "fuse_unk": False, "vocab": ids, "merges": [" ".join(merge) for merge in merges]},
    }
    config = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
              "tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "do_lower_case": True, "errors": "replace", "add_prefix_space": False}

    def encode(text):
        tokens = [ids["<|startoftext|>"]]
        for word in re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower()):
            tokens += [ids[piece] for piece in merged(list(word[:-1]) + [word[-1] + "</w>"], merges)]
        return tokens + [ids["<|endoftext|>"]]

    return file, config, encode, len(vocabulary)


def merged(pieces, merges):
    ranks = {tuple(merge): rank for rank, merge in enumerate(merges)}
    while True:
        pairs = [(ranks.get(pair, 1e9), place) for place, pair in enumerate(zip(pieces, pieces[1:]))]
        if not pairs or min(pairs)[0] == 1e9:
            return pieces
        place = min(pairs)[1]
        pieces = pieces[:place] + [pieces[place] + pieces[place + 1]] + pieces[place + 2:]


def word_piece(max_length):
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary += list(string.ascii_lowercase + string.punctuation) + ["##" + letter for letter in string.ascii_lowercase]
    vocabulary += ["fox", "the", "##ox", "一", "只", "狐", "狸", "红"]
    ids = {piece: index for index, piece in enumerate(vocabulary)}
    special = [{"id": ids[name], "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for name in vocabulary[:5]]
    file = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                           "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                           "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": ids},
    }
    config = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]", "unk_token": "[UNK]",
              "tokenizer_class": "BertTokenizer", "model_max_length": max_length, "do_lower_case": True, "strip_accents": None}

    def encode(text):
        tokens = [ids["[CLS]"]]
        for word in re.findall(r"[a-z]+|[^\sa-z]", text.lower()):
            start = 0
            while start < len(word):
                end = next(end for end in range(len(word), start, -1) if ("##" if start else "") + word[start:end] in ids)
                tokens.append(ids[("##" if start else "") + word[start:end]])
                start = end
        return tokens + [ids["[SEP]"]]

    return file, config, encode, len(vocabulary)


def unigram(kind):
    """Sentencepiece's unigram with its scores: SigLIP's (</s> behind, lower case, no punctuation) or XLM-R's (<s> and </s> around)."""
    first = ["<pad>", "</s>", "<unk>"] if kind == "siglip" else ["<s>", "<pad>", "</s>", "<unk>"]
    scored = [[piece, 0.0] for piece in first]
    scored += [[letter, -8.0 - index / 50] for index, letter in enumerate("▁" + string.ascii_letters + string.punctuation)]
    scored += [["▁a", -3.0], ["▁fox", -5.0], ["fo", -6.0], ["▁the", -3.5], ["ox", -5.5], ["▁b", -6.5], ["▁re", -5.2], ["red", -5.1]]
    ids = {piece: index for index, (piece, _) in enumerate(scored)}
    names = first
    special = [{"id": ids[name], "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for name in names]
    end = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    text = {"Sequence": {"id": "A", "type_id": 0}}
    start = [] if kind == "siglip" else [{"SpecialToken": {"id": "<s>", "type_id": 0}}]
    file = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "Replace", "pattern": {"Regex": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]"}, "content": ""},
                                                           {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Strip", "strip_left": True, "strip_right": True}]}
        if kind == "siglip" else {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True},
        "post_processor": {"type": "TemplateProcessing", "single": start + [text, end], "pair": start + [text, end],
                           "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ids if name in ("<s>", "</s>")}},
        "decoder": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True},
        "model": {"type": "Unigram", "unk_id": ids["<unk>"], "vocab": scored, "byte_fallback": False},
    }
    if kind == "siglip":
        config = {"tokenizer_class": "SiglipTokenizer", "eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>", "bos_token": None,
                  "model_max_length": 64, "do_lower_case": True, "model_input_names": ["input_ids"], "sp_model_kwargs": {}, "additional_special_tokens": []}
    else:
        config = {"tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>",
                  "pad_token": "<pad>", "unk_token": "<unk>", "model_max_length": 512}

    def encode(sentence):
        if kind == "siglip":
            sentence = sentence.lower().translate(str.maketrans("", "", string.punctuation))
        tokens = [] if kind == "siglip" else [ids["<s>"]]
        scores = {piece: score for piece, score in scored if piece not in first}
        # Metaspace splits before each word; the best cut of each word by Viterbi.
        for word in ["▁" + word for word in sentence.split()]:
            best = [(0.0, [])] + [None] * len(word)
            for stop in range(1, len(word) + 1):
                cuts = [(best[begin][0] + scores[word[begin:stop]], best[begin][1] + [word[begin:stop]])
                        for begin in range(stop) if best[begin] is not None and word[begin:stop] in scores]
                best[stop] = max(cuts) if cuts else None
            tokens += [ids[piece] for piece in best[-1][1]]
        return tokens + [ids["</s>"]]

    return file, config, encode, len(scored)


def gemma():
    """Gemma's: spaces become ▁, merges over the whole text, bytes for what it lacks, <eos> behind. SigLIP 2 lowers the text first."""
    merges = [["f", "o"], ["fo", "x"], ["▁", "fox"], ["t", "h"], ["th", "e"], ["▁", "a"]]
    vocabulary = ["<pad>", "<eos>", "<bos>", "<unk>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    vocabulary += list("▁" + string.ascii_letters + string.punctuation) + ["".join(merge) for merge in merges]
    ids = {piece: index for index, piece in enumerate(vocabulary)}
    special = [{"id": ids[name], "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for name in vocabulary[:4]]
    file = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<eos>", "type_id": 0}}],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<eos>", "type_id": 0}}],
                           "special_tokens": {"<eos>": {"id": "<eos>", "ids": [ids["<eos>"]], "tokens": ["<eos>"]}}},
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": True, "byte_fallback": True, "vocab": ids, "merges": [" ".join(merge) for merge in merges]},
    }
    config = {"tokenizer_class": "GemmaTokenizer", "add_bos_token": False, "add_eos_token": True, "bos_token": "<bos>", "eos_token": "<eos>",
              "pad_token": "<pad>", "unk_token": "<unk>", "model_max_length": 1000000000000000019884624838656, "sp_model_kwargs": {}}

    def encode(text):
        return [ids[piece] for piece in merged(list(text.lower().replace(" ", "▁")), merges)] + [ids["<eos>"]]

    return file, config, encode, len(vocabulary)


# --- pictures, as Pillow and torchvision prepare them -------------------------------------------------------------------


def prepared(name, squash=False, resample=Image.BICUBIC, mean=clip_mean, std=clip_std):
    picture = Image.open(os.path.join(root, "images", name)).convert("RGB")
    if squash:
        picture = picture.resize((size, size), resample)
    else:
        w, h = picture.size
        target = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
        picture = picture.resize(target, resample)
        left, top = round((target[0] - size) / 2), round((target[1] - size) / 2)
        picture = picture.crop((left, top, left + size, top + size))
    pixels = (np.asarray(picture, dtype=np.float64) / 255 - mean) / std
    return torch.tensor(pixels.transpose(2, 0, 1), dtype=torch.float32)


# --- writing -----------------------------------------------------------------------------------------------------------


def export(model, inputs, path, names, outputs, axes):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    torch.onnx.export(model.eval(), inputs, path, input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=14)


def padded(rows, length, pad):
    return torch.tensor([row + [pad] * (length - len(row)) for row in rows])


def write_json(folder, name, content):
    path = os.path.join(out, folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.write("\n")


def golden(folder, family, sentences, ids, image, text, scale, bias=None, variants=None):
    with torch.no_grad():
        cosines = torch.nn.functional.normalize(image, dim=-1).double() @ torch.nn.functional.normalize(text, dim=-1).double().T
    logits = scale * cosines + (bias or 0)
    probabilities = logits.sigmoid() if bias is not None else logits.softmax(dim=-1)
    write_json(folder, "golden.json", {
        "family": family, "logitScale": scale, **({} if bias is None else {"logitBias": bias}),
        "pictures": [{"file": name, "embedding": row} for name, row in zip(pictures, image.tolist())],
        "texts": [{"text": sentence, "ids": row, "embedding": values} for sentence, row, values in zip(sentences, ids, text.tolist())],
        "probabilities": probabilities.tolist(),
    })


def write_small(folder, config, preprocessor, tokenizer):
    write_json(folder, "config.json", config)
    write_json(folder, "preprocessor_config.json", preprocessor)
    write_json(folder, "tokenizer.json", tokenizer[0])
    write_json(folder, "tokenizer_config.json", tokenizer[1])


clip_preprocessor = {"do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True,
                     "crop_size": {"height": size, "width": size}, "size": {"shortest_edge": size}, "resample": 3,
                     "image_processor_type": "CLIPImageProcessor", "rescale_factor": 1 / 255, "image_mean": clip_mean, "image_std": clip_std}
batch = {0: "batch_size"}
sequence = {0: "batch_size", 1: "sequence_length"}


def mobileclip():
    file, config, encode, count = byte_level()
    vision, text = Vision(), Text(count, 77, "end")
    export(vision, torch.zeros(2, 3, size, size), f"{out}/mobileclip/onnx/vision_model.onnx", ["pixel_values"], ["image_embeds"],
           {"pixel_values": batch, "image_embeds": batch})
    export(text, torch.zeros(2, 77, dtype=torch.long), f"{out}/mobileclip/onnx/text_model.onnx", ["input_ids"], ["text_embeds"],
           {"input_ids": sequence, "text_embeds": batch})
    preprocessor = {**clip_preprocessor, "do_normalize": False, "resample": 2, "image_mean": None, "image_std": None}
    write_small("mobileclip", {"architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": None, "text_config": None},
                preprocessor, (file, {**config, "model_max_length": 1000000000000000019884624838656, "pad_token": "!"}))
    ids = [encode(sentence) for sentence in texts]
    with torch.no_grad():
        image = vision(torch.stack([prepared(name, resample=Image.BILINEAR, mean=0, std=1) for name in pictures]))
        embeds = text(padded(ids, 77, file["model"]["vocab"]["!"]))
    golden("mobileclip", "mobileclip", texts, ids, image, embeds, 100.0)


def siglip(folder, tokenizer, pad, ending):
    file, config, encode, count = tokenizer
    vision, text = Vision("pooled"), Text(count, 64, "last")
    text.project = nn.Linear(width, width)
    export(vision, torch.zeros(2, 3, size, size), f"{out}/{folder}/onnx/vision_model.onnx", ["pixel_values"], ["last_hidden_state", "pooler_output"],
           {"pixel_values": batch, "last_hidden_state": batch, "pooler_output": batch})
    export(text, torch.zeros(2, 64, dtype=torch.long), f"{out}/{folder}/onnx/text_model.onnx", ["input_ids"], ["last_hidden_state", "pooler_output"],
           {"input_ids": sequence, "last_hidden_state": sequence, "pooler_output": batch})
    half = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    write_small(folder, {"architectures": ["SiglipModel"], "model_type": "siglip", "initializer_factor": 1.0, "logit_scale": 12.5, "logit_bias": -4.5,
                         "text_config": {"model_type": "siglip_text_model", "vocab_size": count, **ending}, "vision_config": {"model_type": "siglip_vision_model"}},
                {"do_normalize": True, "do_rescale": True, "do_resize": True, "do_convert_rgb": None, "image_processor_type": "SiglipImageProcessor",
                 "processor_class": "SiglipProcessor", "resample": 3, "rescale_factor": 1 / 255, "size": {"height": size, "width": size}, **half}, (file, config))
    ids = [encode(sentence) for sentence in texts]
    with torch.no_grad():
        image = vision(torch.stack([prepared(name, squash=True, mean=0.5, std=0.5) for name in pictures]))[1]
        embeds = text(padded(ids, 64, pad))[1]
    golden(folder, folder, texts, ids, image, embeds, 12.5, -4.5)


class Both(nn.Module):
    def __init__(self, vision, text, unit=False):
        super().__init__()
        self.vision, self.text, self.unit = vision, text, unit

    def forward(self, input_ids, pixel_values, attention_mask=None):
        image, text = self.vision(pixel_values), self.text(input_ids, attention_mask)
        unit_image, unit_text = image / image.norm(dim=-1, keepdim=True), text / text.norm(dim=-1, keepdim=True)
        if self.unit:
            return text, image, unit_text, unit_image
        logits = unit_text @ unit_image.T * 100.0
        return logits.T, logits, unit_text, unit_image


def jina_v1():
    file, config, encode, count = word_piece(8192)
    vision, text = Vision(), Text(count, 512, "mean", pad=0)
    export(vision, torch.zeros(2, 3, size, size), f"{out}/jina-clip-v1/onnx/vision_model.onnx", ["pixel_values"], ["image_embeds"],
           {"pixel_values": batch, "image_embeds": batch})
    export(text, torch.ones(2, 16, dtype=torch.long), f"{out}/jina-clip-v1/onnx/text_model.onnx", ["input_ids"], ["text_embeds"],
           {"input_ids": sequence, "text_embeds": batch})
    write_small("jina-clip-v1", {"architectures": ["JinaCLIPModel"], "model_type": "jina_clip", "projection_dim": dimension, "text_config": {"pooler_type": "mean_pooler"}},
                {"image_processor_type": "JinaCLIPImageProcessor", "size": size, "mean": clip_mean, "std": clip_std, "resize_mode": "shortest",
                 "interpolation": "bicubic", "fill_color": 0}, (file, config))
    ids = [encode(sentence) for sentence in texts]
    with torch.no_grad():
        image = vision(torch.stack([prepared(name) for name in pictures]))
        embeds = text(padded(ids, 32, 0))
    golden("jina-clip-v1", "jina-clip", texts, ids, image, embeds, 100.0)


def jina_v2():
    file, config, encode, count = unigram("xlm-r")
    both = Both(Vision(), Text(count, 512, "mean", pad=1), unit=True)
    export(both, (torch.full((2, 16), 5), torch.zeros(3, 3, size, size)), f"{out}/jina-clip-v2/onnx/model.onnx", ["input_ids", "pixel_values"],
           ["text_embeddings", "image_embeddings", "l2norm_text_embeddings", "l2norm_image_embeddings"],
           {"input_ids": sequence, "pixel_values": {0: "image_batch_size"}, "text_embeddings": batch, "image_embeddings": {0: "image_batch_size"},
            "l2norm_text_embeddings": batch, "l2norm_image_embeddings": {0: "image_batch_size"}})
    write_small("jina-clip-v2", {"architectures": ["JinaCLIPModel"], "model_type": "jina_clip", "projection_dim": dimension, "text_config": {"pooler_type": "mean_pooler"}},
                {"image_processor_type": "JinaCLIPImageProcessor", "size": size, "mean": clip_mean, "std": clip_std, "resize_mode": "shortest",
                 "interpolation": "bicubic", "fill_color": 0}, (file, config))
    ids = [encode(sentence) for sentence in texts]
    with torch.no_grad():
        _, _, embeds, image = both(padded(ids, 32, 1), torch.stack([prepared(name) for name in pictures]))
    golden("jina-clip-v2", "jina-clip", texts, ids, image, embeds, 100.0)


def chinese_clip():
    file, config, encode, count = word_piece(512)
    both = Both(Vision(), Text(count, 512, "first"))
    export(both, (torch.ones(2, 16, dtype=torch.long), torch.zeros(3, 3, size, size), torch.ones(2, 16, dtype=torch.long)), f"{out}/chinese-clip/onnx/model.onnx",
           ["input_ids", "pixel_values", "attention_mask"], ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
           {"input_ids": sequence, "attention_mask": sequence, "pixel_values": {0: "image_batch_size"}, "logits_per_image": {0: "image_batch_size", 1: "batch_size"},
            "logits_per_text": {0: "batch_size", 1: "image_batch_size"}, "text_embeds": batch, "image_embeds": {0: "image_batch_size"}})
    write_small("chinese-clip", {"architectures": ["ChineseCLIPModel"], "model_type": "chinese_clip", "projection_dim": dimension, "logit_scale_init_value": 2.6592,
                                 "text_config": {"model_type": "chinese_clip_text_model", "max_position_embeddings": 512, "pad_token_id": 0, "prefix": None},
                                 "vision_config": {"image_size": size, "bos_token_id": None}},
                {**clip_preprocessor, "image_processor_type": "ChineseCLIPImageProcessor", "do_center_crop": False, "size": {"height": size, "width": size}}, (file, config))
    ids = [encode(sentence) for sentence in chinese]
    with torch.no_grad():
        rows = padded(ids, 16, 0)
        _, _, embeds, image = both(rows, torch.stack([prepared(name, squash=True) for name in pictures]), (rows != 0).long())
    golden("chinese-clip", "chinese-clip", chinese, ids, image, embeds, 100.0)


def multilingual():
    file, config, encode, count = unigram("xlm-r")
    vision, text = Vision("pooled"), Text(count, 512, "none")
    vision.head, vision.project = "projection", nn.Linear(width, width, bias=False)
    export(vision, torch.zeros(2, 3, size, size), f"{out}/multilingual-clip/onnx/vision_model.onnx", ["pixel_values"], ["image_embeds"],
           {"pixel_values": batch, "image_embeds": batch})
    export(text, (torch.full((2, 16), 5), torch.ones(2, 16, dtype=torch.long)), f"{out}/multilingual-clip/onnx/text_model.onnx", ["input_ids", "attention_mask"],
           ["last_hidden_state"], {"input_ids": sequence, "attention_mask": sequence, "last_hidden_state": sequence})
    write_small("multilingual-clip", {"model_type": "vision-text-dual-encoder", "projection_dim": width,
                                      "text_config": {"model_type": "xlm-roberta", "max_position_embeddings": 514, "pooler_type": "mean_pooler"}},
                clip_preprocessor, (file, config))
    ids = [encode(sentence) for sentence in texts]
    with torch.no_grad():
        image = vision(torch.stack([prepared(name) for name in pictures]))
        rows = padded(ids, 32, 1)
        mask = (rows != 1).float()
        hidden = text(rows, mask.long())
        embeds = (hidden * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
    golden("multilingual-clip", "multilingual-clip", texts, ids, image, embeds, 100.0)


def immich():
    file, config, encode, count = byte_level()
    vision, text = Vision(), Text(count, 77, "end")
    export(vision, torch.zeros(1, 3, size, size), f"{out}/immich-vit/visual/model.onnx", ["image"], ["embedding"], None)
    export(text, torch.zeros(1, 77, dtype=torch.int32), f"{out}/immich-vit/textual/model.onnx", ["text"], ["embedding"], None)
    write_json("immich-vit", "config.json", {"embed_dim": dimension, "vision_cfg": {"image_size": size, "layers": 12, "width": 768, "patch_size": 32},
                                             "text_cfg": {"context_length": 77, "vocab_size": count, "width": 512, "heads": 8, "layers": 12}})
    write_json("immich-vit", "visual/preprocess_cfg.json", {"size": [size, size], "mode": "RGB", "mean": clip_mean, "std": clip_std, "interpolation": "bicubic",
                                                            "resize_mode": "shortest", "fill_color": 0})
    write_json("immich-vit", "textual/tokenizer.json", file)
    write_json("immich-vit", "textual/tokenizer_config.json", config)
    ids = [encode(sentence) for sentence in texts]
    with torch.no_grad():
        image = vision(torch.stack([prepared(name) for name in pictures]))
        embeds = text(padded(ids, 77, config_id(file, config["pad_token"])))
    golden("immich-vit", "clip", texts, ids, image, embeds, 100.0)


def config_id(file, token):
    return file["model"]["vocab"][token]


def fashion_clip():
    """A combined graph of CLIP with one batch axis name for each input, and no context length in any file; float16 ends beside it."""
    file, config, encode, count = byte_level()
    both = Both(Vision(), Text(count, 77, "end"))
    path = f"{out}/fashion-clip/onnx/model.onnx"
    example = (torch.ones(2, 77, dtype=torch.long), torch.zeros(3, 3, size, size), torch.ones(2, 77, dtype=torch.long))
    export(both, example, path, ["input_ids", "pixel_values", "attention_mask"], ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
           {"input_ids": {0: "text_batch_size", 1: "sequence_length"}, "attention_mask": {0: "text_batch_size", 1: "sequence_length"},
            "pixel_values": {0: "image_batch_size", 1: "num_channels", 2: "height", 3: "width"}, "logits_per_image": {0: "image_batch_size", 1: "text_batch_size"},
            "logits_per_text": {0: "text_batch_size", 1: "image_batch_size"}, "text_embeds": {0: "text_batch_size"}, "image_embeds": {0: "image_batch_size"}})
    write_small("fashion-clip", {"architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": dimension, "logit_scale_init_value": 2.6592,
                                 "text_config": {"model_type": "clip_text_model", "max_position_embeddings": None}}, clip_preprocessor,
                (file, {**config, "model_max_length": None}))
    half_ends(path, f"{out}/fashion-clip/onnx/model_fp16.onnx")
    ids = [encode(sentence) for sentence in texts]
    with torch.no_grad():
        rows = padded(ids, 77, config_id(file, "<|endoftext|>"))
        mask = torch.tensor([[1] * len(row) + [0] * (77 - len(row)) for row in ids])
        _, _, embeds, image = both(rows, torch.stack([prepared(name) for name in pictures]), mask)
    golden("fashion-clip", "clip", texts, ids, image, embeds, 100.0)


def half_ends(source, target):
    """The same graph with float16 pixels in and float16 embeddings out, and int32 ids."""
    model = onnx.load(source)
    graph = model.graph
    casts_in, casts_out = [], []
    for value in graph.input:
        kind = value.type.tensor_type.elem_type
        narrow = TensorProto.FLOAT16 if kind == TensorProto.FLOAT else TensorProto.INT32
        inner = f"{value.name}_wide"
        for node in graph.node:
            node.input[:] = [inner if name == value.name else name for name in node.input]
        casts_in.append(helper.make_node("Cast", [value.name], [inner], to=kind))
        value.type.tensor_type.elem_type = narrow
    for value in graph.output:
        inner = f"{value.name}_wide"
        for node in graph.node:
            node.output[:] = [inner if name == value.name else name for name in node.output]
            node.input[:] = [inner if name == value.name else name for name in node.input]
        casts_out.append(helper.make_node("Cast", [inner], [value.name], to=TensorProto.FLOAT16))
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    nodes = casts_in + list(graph.node) + casts_out
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, target)


def quantised_variants():
    """One matrix for each tower in every kind of number that the hub's exports come in; golden: what the matrix stands for."""
    rng = np.random.default_rng(7)
    file, config, encode, count = byte_level()
    folder = "variants"
    write_small(folder, {"model_type": "clip", "projection_dim": 16}, {**clip_preprocessor, "size": {"shortest_edge": 8}, "crop_size": 8}, (file, config))
    rows = 3 * 8 * 8
    weights = {"vision": rng.normal(size=(rows, 16)).astype(np.float32), "text": rng.normal(size=(96, 16)).astype(np.float32)}
    for tower, matrix in weights.items():
        for variant in ("default", "fp16", "quantized", "int8", "uint8", "q4", "q4f16", "bnb4"):
            write_variant(f"{out}/{folder}/onnx", tower, variant, matrix)


def write_variant(folder, tower, variant, matrix):
    os.makedirs(folder, exist_ok=True)
    rows, columns = matrix.shape
    half = variant in ("fp16", "q4f16")
    kind = TensorProto.FLOAT16 if variant == "fp16" else TensorProto.FLOAT
    if tower == "vision":
        given = helper.make_tensor_value_info("pixel_values", kind, ["batch", 3, 8, 8])
        nodes = [helper.make_node("Reshape", ["pixel_values", "flat_shape"], ["raw"])]
        result = "image_embeds"
    else:
        # How often each of the first 96 tokens comes, so that a text is a vector.
        given = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "sequence"])
        nodes = [helper.make_node("Min", ["input_ids", "largest"], ["known"]),
                 helper.make_node("OneHot", ["known", "depth", "off_on"], ["hot"], axis=-1),
                 helper.make_node("ReduceSum", ["hot", "one_axis"], ["raw"], keepdims=0)]
        result = "text_embeds"
    work = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    nodes.append(helper.make_node("Cast", ["raw"], ["x"], to=work))
    constants = {"flat_shape": np.array([-1, rows]), "largest": np.array(rows - 1), "depth": np.array(rows), "off_on": np.array([0.0, 1.0], np.float32),
                 "one_axis": np.array([1])}
    if variant in ("default", "fp16"):
        constants["w"] = matrix.astype(np.float16 if half else np.float32)
        nodes.append(helper.make_node("MatMul", ["x", "w"], ["y"]))
    elif variant in ("quantized", "int8", "uint8"):
        signed = variant != "uint8"
        scale = np.float32(np.abs(matrix).max() / 127)
        zero = 0 if signed else 128
        constants["w"] = (np.rint(matrix / scale) + zero).astype(np.int8 if signed else np.uint8)
        constants["w_zero"] = np.array(zero, np.int8 if signed else np.uint8)
        constants["w_scale"] = np.array(scale)
        nodes += [helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "q_scale", "q_zero"]),
                  helper.make_node("MatMulInteger", ["q", "w", "q_zero", "w_zero"], ["sums"]),
                  helper.make_node("Cast", ["sums"], ["sums_float"], to=TensorProto.FLOAT),
                  helper.make_node("Mul", ["q_scale", "w_scale"], ["scale"]), helper.make_node("Mul", ["sums_float", "scale"], ["y"])]
    elif variant in ("q4", "q4f16"):
        block = 32
        blocks = rows // block
        columns_first = matrix.T.reshape(columns, blocks, block)
        scales = np.abs(columns_first).max(axis=-1) / 7
        quantised = np.clip(np.rint(columns_first / scales[..., None]) + 8, 0, 15).astype(np.uint8)
        constants["w"] = quantised[..., ::2] | (quantised[..., 1::2] << 4)
        constants["w_scale"] = scales.reshape(-1).astype(np.float16 if half else np.float32)
        nodes.append(helper.make_node("MatMulNBits", ["x", "w", "w_scale"], ["y"], domain="com.microsoft", K=rows, N=columns, bits=4, block_size=block))
    else:
        block = 32
        levels = np.array([0, 0.0052083333, 0.6666667, 1, 0.33333333, 0.5, 0.16666667, 0.25], np.float32)
        levels = np.concatenate([levels, -levels])
        flat = matrix.T.reshape(-1, block)
        scales = np.abs(flat).max(axis=-1)
        nearest = np.abs(flat[..., None] / scales[:, None, None] - levels).argmin(axis=-1).astype(np.uint8).reshape(-1)
        constants["w"] = (nearest[::2] << 4) | nearest[1::2]
        constants["w_scale"] = scales.astype(np.float32)
        nodes.append(helper.make_node("MatMulBnb4", ["x", "w", "w_scale"], ["y"], domain="com.microsoft", K=rows, N=columns, block_size=block, quant_type=0))
    nodes.append(helper.make_node("Cast", ["y"], [result], to=kind))
    used = {name for node in nodes for name in node.input}
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items() if name in used]
    answer = helper.make_tensor_value_info(result, kind, ["batch", columns])
    graph = helper.make_graph(nodes, tower, [given], [answer], initializers)
    opsets = [helper.make_opsetid("", 14), helper.make_opsetid("com.microsoft", 1)]
    suffix = "" if variant == "default" else f"_{variant}"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), f"{folder}/{tower}_model{suffix}.onnx")


torch.manual_seed(14)
shutil.rmtree(out, ignore_errors=True)
mobileclip()
siglip("siglip", unigram("siglip"), 1, {"eos_token_id": None})
siglip("siglip2", gemma(), 0, {"eos_token_id": 1})
jina_v1()
jina_v2()
chinese_clip()
multilingual()
immich()
fashion_clip()
quantised_variants()
